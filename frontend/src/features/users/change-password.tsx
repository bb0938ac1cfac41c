import { Alert, Button, Group, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCheck, IconCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { MAX_PASSWORD, MIN_PASSWORD } from "@/features/users/password";
import { useChangeOwnPassword } from "@/features/users/queries";
import "@/features/users/texts";
import { useProblemText } from "@/ui/states";
import classes from "./list.module.css";

/** The password as the API counts it: a sign outside the basic plane is one. */
function lengthOf(password: string): number {
  return Array.from(password).length;
}

const EMPTY = { old: "", fresh: "", repeat: "" };

/** One's own password, with the rules that it meets so far. Nothing typed is lost when the change is refused. */
export function ChangePassword({ username }: { username: string }) {
  const { t } = useTranslation("users");
  const say = useProblemText();
  const change = useChangeOwnPassword();
  const form = useForm({
    initialValues: EMPTY,
    validate: {
      old: (value) => (value ? null : t("oldNeeded")),
      fresh: (value, { old }) => {
        if (lengthOf(value) < MIN_PASSWORD) return t("tooShort", { min: MIN_PASSWORD });
        if (lengthOf(value) > MAX_PASSWORD) return t("tooLong", { max: MAX_PASSWORD });
        return value === old ? t("sameAsOld") : null;
      },
      repeat: (value, { fresh }) => (value === fresh ? null : t("notSame")),
    },
  });
  const { old, fresh, repeat } = form.values;
  const count = lengthOf(fresh);
  const rules = [
    {
      text: t("ruleLength", { min: MIN_PASSWORD, max: MAX_PASSWORD, count }),
      met: count >= MIN_PASSWORD && count <= MAX_PASSWORD,
    },
    { text: t("ruleOther"), met: fresh !== "" && fresh !== old },
    { text: t("ruleSame"), met: fresh !== "" && fresh === repeat },
  ];
  const submit = form.onSubmit((values) => {
    if (change.isPending) return;
    change.mutate(
      { old_password: values.old, new_password: values.fresh },
      {
        onSuccess: () => form.setValues(EMPTY),
        onError: (error) => {
          if (error instanceof Problem)
            form.setErrors({ old: error.field("/old_password"), fresh: error.field("/new_password") });
        },
      },
    );
  });
  const placed = change.error instanceof Problem && change.error.errors.length > 0;
  const shown = { visibilityToggleButtonProps: { "aria-label": t("showPassword") } };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {change.isSuccess && !form.isDirty() && (
          <Alert color="green" variant="light" role="status" title={t("changed")}>
            {t("changedText")}
          </Alert>
        )}
        {change.error && !placed && (
          <Alert color="red" variant="light" role="alert">
            {say(change.error)}
          </Alert>
        )}
        {/* password managers put the new password to the right account by it */}
        <input type="text" autoComplete="username" value={username} readOnly hidden />
        <PasswordInput
          label={t("oldPassword")}
          autoComplete="current-password"
          {...shown}
          {...form.getInputProps("old")}
        />
        <PasswordInput
          label={t("newPassword")}
          autoComplete="new-password"
          {...shown}
          {...form.getInputProps("fresh")}
        />
        <PasswordInput
          label={t("repeat")}
          autoComplete="new-password"
          {...shown}
          {...form.getInputProps("repeat")}
        />
        <ul className={classes.rules}>
          {rules.map(({ text, met }) => (
            <li key={text} data-met={met || undefined}>
              {met ? (
                <IconCheck size={16} stroke={2} aria-label={t("ruleMet")} />
              ) : (
                <IconCircle size={16} stroke={1.4} aria-label={t("ruleUnmet")} />
              )}
              {text}
            </li>
          ))}
        </ul>
        <Group justify="flex-end">
          <Button type="submit" loading={change.isPending}>
            {t("change")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
