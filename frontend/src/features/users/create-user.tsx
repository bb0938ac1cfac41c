import { Alert, Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { Role } from "@/app/session";
import { makePassword } from "@/features/users/password";
import { useCreateUser } from "@/features/users/queries";
import { ROLES } from "@/features/users/roles";
import { Secret } from "@/features/users/secret";
import "@/features/users/texts";
import { useProblemText } from "@/ui/states";
import { useUnsaved } from "@/ui/unsaved";

/** As the API wants it, so that a mistake shows before it is sent. */
const USERNAME = /^[a-z0-9][a-z0-9._@-]{1,63}$/;
const NAME_LENGTH = 200;

/** Two steps in one dialog: who it is, then the password that is shown once. */
export function CreateUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("users");
  const say = useProblemText();
  // one password for all tries: when an answer is lost on the way, the one on screen is still the right one
  const [password] = useState(makePassword);
  const create = useCreateUser();
  const form = useForm({
    initialValues: { username: "", full_name: "", role: "marketer" as Role },
    validate: {
      username: (value) => (USERNAME.test(value.trim()) ? null : t("usernameWrong")),
      full_name: (value) => (value.length > NAME_LENGTH ? t("fullNameLong") : null),
    },
  });
  const made = create.data;
  useUnsaved(form.isDirty() && !made, ["create"]);
  const submit = form.onSubmit((values) => {
    if (create.isPending) return;
    const body = {
      ...values,
      username: values.username.trim(),
      full_name: values.full_name.trim(),
      password,
    };
    create.mutate(body, {
      onError: (error) => {
        if (!(error instanceof Problem)) return;
        const taken = error.status === 409 ? error.detail : undefined;
        form.setErrors({
          username: error.field("/username") ?? taken,
          full_name: error.field("/full_name"),
          role: error.field("/role"),
        });
      },
    });
  });
  const placed = create.error instanceof Problem && [409, 422].includes(create.error.status);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(made ? "made" : "newUser")}
      withCloseButton={!made}
      closeOnEscape={!made}
      closeOnClickOutside={false}
    >
      {made ? (
        <Secret username={made.username} password={password} onDone={onClose} />
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {create.error && !placed && (
              <Alert color="red" variant="light" role="alert">
                {say(create.error)}
              </Alert>
            )}
            <TextInput
              label={t("username")}
              description={t("usernameHint")}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              data-autofocus
              {...form.getInputProps("username")}
            />
            <TextInput
              label={t("fullName")}
              description={t("fullNameHint")}
              autoComplete="off"
              {...form.getInputProps("full_name")}
            />
            <Select
              label={t("roleOf")}
              description={t(`roleHint.${form.values.role}`)}
              data={ROLES.map((role) => ({ value: role, label: t(`common:role.${role}`) }))}
              {...form.getInputProps("role")}
            />
            <Text size="xs" c="var(--ol-quiet)">
              {t("wait")}
            </Text>
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t("common:act.cancel")}
              </Button>
              <Button type="submit" loading={create.isPending}>
                {t("create")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
