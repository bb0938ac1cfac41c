import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { type UserRow, useChangeUser } from "@/features/users/queries";
import "@/features/users/texts";
import { useProblemText } from "@/ui/states";
import classes from "./list.module.css";

/** Closing and opening the door, with what either means. The last administrator is refused by the API, and it says why. */
export function UserAccess({ user }: { user: UserRow }) {
  const { t } = useTranslation("users");
  const say = useProblemText();
  const own = useMe()?.id === user.id;
  const change = useChangeUser(user.id);
  const name = user.full_name || user.username;
  const act = user.disabled ? "enable" : "disable";
  const ask = () =>
    modals.openConfirmModal({
      title: t(`${act}Title`, { name }),
      children: <Text size="sm">{t(`${act}Text`, { role: t(`common:role.${user.role}`) })}</Text>,
      labels: { confirm: t(act), cancel: t("common:act.cancel") },
      confirmProps: user.disabled ? {} : { color: "red" },
      onConfirm: () =>
        change.mutate(
          { disabled: !user.disabled },
          {
            onSuccess: (saved) =>
              notifications.show({ message: t(saved.disabled ? "disabledDone" : "enabledDone") }),
          },
        ),
    });
  return (
    <Stack gap="sm" className={classes.section}>
      <Title order={3} size="h5">
        {t("access")}
      </Title>
      {change.error && (
        <Alert color="red" variant="light" role="alert">
          {say(change.error)}
        </Alert>
      )}
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" c="var(--ol-quiet)">
          {own ? t("self") : t(user.disabled ? "accessOff" : "accessOn")}
        </Text>
        {!own && (
          <Button
            variant={user.disabled ? "filled" : "default"}
            loading={change.isPending}
            onClick={ask}
            flex="none"
          >
            {t(act)}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
