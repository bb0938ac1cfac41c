import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "@/api/client";
import { Problem } from "@/api/problem";
import type { User } from "@/app/session";
import { useSecondsLeft } from "@/features/users/countdown";
import "@/features/users/texts";
import { useProblemText } from "@/ui/states";

interface CredentialsProps {
  /** The name is fixed when a session is renewed in the middle of work. */
  username?: string;
  onSignedIn: (user: User) => void;
}

function isPause(error: unknown): boolean {
  return error instanceof Problem && error.status === 429 && error.retryAfter !== null;
}

/** Name and password, with the refusal beside them. After many wrong passwords the button waits as long as it must. */
export function Credentials({ username, onSignedIn }: CredentialsProps) {
  const { t } = useTranslation("users");
  const say = useProblemText();
  const password = useRef<HTMLInputElement>(null);
  const [capsLock, setCapsLock] = useState(false);
  const form = useForm({
    initialValues: { username: username ?? "", password: "" },
    validate: {
      username: (value) => (value.trim() ? null : t("nameNeeded")),
      password: (value) => (value ? null : t("passwordNeeded")),
    },
  });
  const signIn = useMutation({
    mutationFn: (body: { username: string; password: string }) => data(api.POST("/api/v1/session", { body })),
    onSuccess: (session) => onSignedIn(session.user),
    onError: () => password.current?.select(),
  });
  const seconds = useSecondsLeft(signIn.error);
  const paused = signIn.error !== null && seconds > 0;
  // names are stored in lower case; a phone likes to begin with a capital and to end with a space
  const submit = form.onSubmit((values) => {
    if (signIn.isPending || paused) return;
    signIn.mutate({ username: values.username.trim().toLowerCase(), password: values.password });
  });
  const watchCapsLock = (event: KeyboardEvent): void => setCapsLock(event.getModifierState("CapsLock"));
  const hint = /[а-яё]/i.test(form.values.username) ? t("cyrillic") : undefined;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {paused && (
          <Alert color="yellow" variant="light" role="alert">
            {t("pause")}
          </Alert>
        )}
        {signIn.error && !isPause(signIn.error) && (
          <Alert color="red" variant="light" role="alert">
            {say(signIn.error)}
          </Alert>
        )}
        <TextInput
          label={t("username")}
          autoComplete="username"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          autoFocus={!username}
          readOnly={Boolean(username)}
          description={hint}
          {...form.getInputProps("username")}
        />
        <PasswordInput
          ref={password}
          label={t("password")}
          autoComplete="current-password"
          autoFocus={Boolean(username)}
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
          description={capsLock ? t("capsLock") : undefined}
          onKeyUp={watchCapsLock}
          onKeyDown={watchCapsLock}
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={signIn.isPending} disabled={paused} mt="xs">
          {paused ? t("signInLater", { seconds }) : t("signIn")}
        </Button>
      </Stack>
    </form>
  );
}
