import { Alert, Button, Center, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { IconCloudOff, IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { formatDuration } from "@/i18n/format";

/** What a refusal says to a person. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof Problem) || error.offline) return t("state.offline");
    const later = error.retryAfter && t("state.later", { time: formatDuration(error.retryAfter) });
    const said = error.detail || (later ? t("state.busy") : error.title);
    return [said, ...error.errors.map((one) => one.detail), later].filter(Boolean).join(" ");
  };
}

export function Loading({ height = 240 }: { height?: number }) {
  const { t } = useTranslation();
  return (
    <Center h={height} role="status" aria-label={t("state.loading")}>
      <Loader type="dots" />
    </Center>
  );
}

interface EmptyProps {
  title?: string;
  hint?: string;
  action?: ReactNode;
  icon?: ReactNode;
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, hint, action, icon }: EmptyProps) {
  const { t } = useTranslation();
  return (
    <Center mih={240} p="lg">
      <Stack align="center" gap="xs" maw={440}>
        {icon ?? <IconInbox size={36} stroke={1.4} color="var(--ol-quiet)" aria-hidden />}
        <Title order={4}>{title ?? t("state.empty")}</Title>
        {hint && (
          <Text c="var(--ol-quiet)" ta="center" size="sm">
            {hint}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  );
}

/** What is on screen could not be read anew: it stays, and is said to be old. */
export function Outdated({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const say = useProblemText();
  return (
    <Alert color="yellow" variant="light" icon={<IconCloudOff />} role="alert" p="xs" mb="sm">
      <Group justify="space-between" gap="xs">
        <Text size="sm" flex="1 1 240px">
          {t("state.outdated")} {say(error)}
        </Text>
        <Button size="xs" variant="default" onClick={retry}>
          {t("act.retry")}
        </Button>
      </Group>
    </Alert>
  );
}

/** A refusal in place of what could not be shown, with a way out. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const say = useProblemText();
  return (
    <Alert color="red" variant="light" icon={<IconCloudOff />} title={t("state.failed")} role="alert" m="md">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{say(error)}</Text>
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {t("act.retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
