import { Badge, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { ChangePassword } from "@/features/users/change-password";
import "@/features/users/texts";
import { formatMoment } from "@/i18n/format";
import { Card, Page } from "@/ui/page";
import { Loading } from "@/ui/states";

export function AccountPage() {
  const { t } = useTranslation("users");
  const me = useMe();
  if (!me) return <Loading />;
  return (
    <Page title={t("account")} hint={t("accountHint")}>
      <Stack gap="md" maw={480}>
        <Card>
          <Group justify="space-between" align="flex-start">
            <Stack gap={2}>
              <Text fw={500}>{me.full_name || me.username}</Text>
              <Text size="sm" c="var(--ol-quiet)">
                {me.username}
              </Text>
            </Stack>
            <Badge color={me.role === "admin" ? "petrol" : "gray"}>{t(`common:role.${me.role}`)}</Badge>
          </Group>
          <Text size="sm" mt="sm">
            {t(`roleHint.${me.role}`)}
          </Text>
          <Text size="xs" c="var(--ol-quiet)" mt="xs">
            {t("since")} {formatMoment(me.created_at)}
          </Text>
        </Card>
        <Card title={t("change")}>
          <ChangePassword username={me.username} />
        </Card>
      </Stack>
    </Page>
  );
}
