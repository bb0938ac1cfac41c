import { Alert, Anchor, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { useMe } from "@/app/session";
import { type UserRow, useChangeUser } from "@/features/users/queries";
import { ROLES } from "@/features/users/roles";
import "@/features/users/texts";
import { Seen } from "@/features/users/user-table";
import { useProblemText } from "@/ui/states";
import { useUnsaved } from "@/ui/unsaved";

/** Name and role. Nobody changes the own role: another administrator has to. */
export function UserForm({ user }: { user: UserRow }) {
  const { t } = useTranslation("users");
  const say = useProblemText();
  const own = useMe()?.id === user.id;
  const change = useChangeUser(user.id);
  const form = useForm({
    initialValues: { full_name: user.full_name, role: user.role },
    validate: { full_name: (value) => (value.length > 200 ? t("fullNameLong") : null) },
  });
  const dirty = form.isDirty();
  useUnsaved(dirty, ["user"]);
  const save = (values: typeof form.values): void => {
    if (change.isPending) return;
    const was = form.getInitialValues();
    const body = {
      ...(values.full_name !== was.full_name && { full_name: values.full_name.trim() }),
      ...(values.role !== was.role && { role: values.role }),
    };
    change.mutate(body, {
      onSuccess: (saved) => {
        const now = { full_name: saved.full_name, role: saved.role };
        form.setInitialValues(now);
        form.setValues(now);
        notifications.show({ message: t("saved") });
      },
      onError: (error) => {
        if (error instanceof Problem)
          form.setErrors({ full_name: error.field("/full_name"), role: error.field("/role") });
      },
    });
  };
  const submit = form.onSubmit((values) => {
    const was = form.getInitialValues();
    if (values.role === was.role) return save(values);
    modals.openConfirmModal({
      title: t("roleTitle"),
      children: (
        <Text size="sm">
          {t("roleText", { was: t(`common:role.${was.role}`), becomes: t(`common:role.${values.role}`) })}
        </Text>
      ),
      labels: { confirm: t("common:act.confirm"), cancel: t("common:act.cancel") },
      onConfirm: () => save(values),
    });
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Group gap="xs" c="var(--ol-quiet)" fz="sm" justify="space-between">
          <span>
            {user.username} · <Seen at={user.last_seen_at} />
          </span>
          <Anchor
            fz="sm"
            renderRoot={(props) => <Link to="/audit" search={{ actor: user.username }} {...props} />}
          >
            {t("acts")}
          </Anchor>
        </Group>
        {change.error && (
          <Alert color="red" variant="light" role="alert">
            {say(change.error)}
          </Alert>
        )}
        <TextInput label={t("fullName")} autoComplete="off" {...form.getInputProps("full_name")} />
        <Select
          label={t("roleOf")}
          description={own ? t("self") : t(`roleHint.${form.values.role}`)}
          disabled={own}
          data={ROLES.map((role) => ({ value: role, label: t(`common:role.${role}`) }))}
          {...form.getInputProps("role")}
        />
        <Group justify="flex-end">
          {dirty && (
            <Button variant="subtle" color="gray" onClick={form.reset}>
              {t("common:act.reset")}
            </Button>
          )}
          <Button type="submit" disabled={!dirty} loading={change.isPending}>
            {t("common:act.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
