import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data } from "@/api/client";
import type { User } from "@/app/session";
import "@/features/users/texts";
import { useProblemText } from "@/ui/states";

interface CredentialsProps {
  /** The name is fixed when a session is renewed in the middle of work. */
  username?: string;
  onSignedIn: (user: User) => void;
}

/** Name and password, with the refusal beside them. */
export function Credentials({ username, onSignedIn }: CredentialsProps) {
  const { t } = useTranslation("users");
  const say = useProblemText();
  const form = useForm({ initialValues: { username: username ?? "", password: "" } });
  const signIn = useMutation({
    mutationFn: (body: { username: string; password: string }) => data(api.POST("/api/v1/session", { body })),
    onSuccess: (session) => onSignedIn(session.user),
  });
  return (
    <form
      onSubmit={form.onSubmit((values) => {
        if (!signIn.isPending) signIn.mutate(values);
      })}
    >
      <Stack gap="sm">
        {signIn.error && (
          <Alert color="red" variant="light" role="alert">
            {say(signIn.error)}
          </Alert>
        )}
        <TextInput
          label={t("username")}
          autoComplete="username"
          autoFocus={!username}
          disabled={Boolean(username)}
          required
          {...form.getInputProps("username")}
        />
        <PasswordInput
          label={t("password")}
          autoComplete="current-password"
          autoFocus={Boolean(username)}
          required
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={signIn.isPending} mt="xs">
          {t("signIn")}
        </Button>
      </Stack>
    </form>
  );
}
