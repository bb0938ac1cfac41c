import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Act, Entry } from "@/features/review/sitting";
import "@/features/review/texts";
import { useProblemText } from "@/ui/states";

interface TroublesProps {
  entries: Entry[];
  act: (act: Act) => void;
  /** Open a text with what was typed about it. */
  onOpen: (entry: Entry) => void;
}

/** Labels that could not be stored, and those where somebody was faster. */
export function Troubles({ entries, act, onOpen }: TroublesProps) {
  const failed = entries.filter((entry) => entry.saving === "failed");
  const overtaken = entries.filter((entry) => entry.saving === "overtaken");
  return (
    <Stack gap={8}>
      {failed.length > 0 && <FailedSaves entries={failed} act={act} onOpen={onOpen} />}
      {overtaken.map((entry) => (
        <Overtaken key={entry.item.offer_id} entry={entry} act={act} />
      ))}
    </Stack>
  );
}

function FailedSaves({ entries, act, onOpen }: TroublesProps) {
  const { t } = useTranslation("review");
  const say = useProblemText();
  const retry = (): void => {
    for (const entry of entries) act({ type: "retry", id: entry.item.offer_id });
  };
  const refused = entries.filter((entry) => entry.problem?.status === 422);
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<IconAlertTriangle />}
      title={t("failedTitle", { count: entries.length })}
    >
      <Group justify="space-between" gap={8}>
        <Text size="sm">{say(entries[0]?.problem)}</Text>
        <Group gap={8}>
          {refused[0] && (
            <Button size="xs" variant="default" onClick={() => refused[0] && onOpen(refused[0])}>
              {t("open")}
            </Button>
          )}
          <Button size="xs" variant="default" onClick={retry}>
            {t("retryAll")}
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}

function Overtaken({ entry, act }: { entry: Entry; act: (act: Act) => void }) {
  const { t } = useTranslation(["review", "common"]);
  const id = entry.item.offer_id;
  return (
    <Alert color="yellow" variant="light" role="alert" icon={<IconAlertTriangle />}>
      <Group justify="space-between" gap={8}>
        <Text size="sm">
          {t("overtaken", {
            author: entry.rival?.author,
            theirs: t(`common:label.${entry.rival?.label ?? "none"}`),
            mine: t(`common:label.${entry.wanted?.label ?? "none"}`),
          })}
        </Text>
        <Group gap={8}>
          <Button size="xs" variant="default" onClick={() => act({ type: "go", id })}>
            {t("open")}
          </Button>
          <Button size="xs" variant="default" onClick={() => act({ type: "yield", id })}>
            {t("keepTheirs")}
          </Button>
          <Button size="xs" onClick={() => act({ type: "insist", id })}>
            {t("putMine")}
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}
