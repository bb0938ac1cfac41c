import { Alert, Anchor, Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { modals } from "@mantine/modals";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { makePassword } from "@/features/users/password";
import { type UserRow, useResetPassword } from "@/features/users/queries";
import { Secret } from "@/features/users/secret";
import "@/features/users/texts";
import { useProblemText } from "@/ui/states";
import classes from "./list.module.css";

export function UserPassword({ user }: { user: UserRow }) {
  const { t } = useTranslation("users");
  const say = useProblemText();
  const own = useMe()?.id === user.id;
  // kept until it is handed over: a try whose answer was lost is repeated with the same password
  const [password, setPassword] = useState(makePassword);
  const reset = useResetPassword(user.id);
  const ask = () =>
    modals.openConfirmModal({
      title: t("resetTitle", { name: user.full_name || user.username }),
      children: <Text size="sm">{t("resetText")}</Text>,
      labels: { confirm: t("reset"), cancel: t("common:act.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => reset.mutate(password),
    });
  const done = (): void => {
    reset.reset();
    setPassword(makePassword());
  };
  return (
    <Stack gap="sm" className={classes.section}>
      <Title order={3} size="h5">
        {t("password")}
      </Title>
      {reset.error && (
        <Alert color="red" variant="light" role="alert">
          {say(reset.error)}
        </Alert>
      )}
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" c="var(--ol-quiet)">
          {own ? t("resetSelf") : t("resetHint")}{" "}
          {own && (
            <Anchor component={Link} to="/account" inherit c="inherit" underline="always">
              {t("account")}
            </Anchor>
          )}
        </Text>
        {!own && (
          <Button variant="default" loading={reset.isPending} onClick={ask} flex="none">
            {t("reset")}
          </Button>
        )}
      </Group>
      <Modal
        opened={Boolean(reset.data)}
        onClose={done}
        title={t("fresh")}
        withCloseButton={false}
        closeOnEscape={false}
        closeOnClickOutside={false}
      >
        {reset.data && <Secret username={user.username} password={reset.data.password} onDone={done} />}
      </Modal>
    </Stack>
  );
}
