import { Group, Progress, Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { presentStage } from "@/features/learning/present-stage";
import type { RunInFull } from "@/features/learning/queries";
import "@/features/learning/texts";
import { useNow } from "@/features/learning/use-now";
import { formatDuration, formatPercent } from "@/i18n/format";

/** Every so many hundredths the progress is said aloud: each step of it would be a flood. */
const SPOKEN_STEP = 0.25;

/** How far a run has come and for how long it has been working. */
export function RunProgress({ run }: { run: RunInFull }) {
  const { t } = useTranslation("learning");
  const now = useNow(isGoing(run));
  const begun = Date.parse(run.started_at ?? run.created_at);
  const time = formatDuration(Math.max(0, (now - begun) / 1000));
  const spoken = Math.floor(run.progress / SPOKEN_STEP) * SPOKEN_STEP;
  const present = presentStage(run);
  const stage = present && t(`stage.${present}`);
  return (
    <div>
      <Group justify="space-between" gap={4} mb={4}>
        <Text size="sm">
          {stage ? t("run.at", { stage, share: formatPercent(run.progress) }) : t("run.waits")}
        </Text>
        <Text size="sm" c="var(--ol-quiet)">
          {t(run.started_at ? "run.works" : "run.waiting", { time })}
        </Text>
      </Group>
      <Progress.Root size={8}>
        <Progress.Section value={run.progress * 100} aria-label={t("run.progress")} animated={isGoing(run)} />
      </Progress.Root>
      <VisuallyHidden role="status">
        {stage ? t("run.at", { stage, share: formatPercent(spoken) }) : t("run.waits")}
      </VisuallyHidden>
    </div>
  );
}
