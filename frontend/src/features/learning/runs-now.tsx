import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { Opens } from "@/features/learning/opens";
import type { Run } from "@/features/learning/queries";
import { RunPanel } from "@/features/learning/run-panel";
import { outcome } from "@/features/learning/run-table";
import { RunTitle } from "@/features/learning/run-title";
import "@/features/learning/texts";
import { formatAgo } from "@/i18n/format";
import { Card } from "@/ui/page";

/** The run that works and those that wait for a person; where there is none, what came of the last one. */
export function RunsNow({ runs }: { runs: Run[] }) {
  const { t } = useTranslation("learning");
  const open = runs.filter((run) => isGoing(run) || run.status === "awaiting_approval");
  const [last] = runs;
  if (!open.length) return last ? <LastRun run={last} /> : null;
  return open.map((run) => (
    <Card key={run.run_id} title={t(isGoing(run) ? "run.now" : "run.waitsForYou")}>
      <RunPanel id={run.run_id} />
    </Card>
  ));
}

function LastRun({ run }: { run: Run }) {
  const { t } = useTranslation("learning");
  const ended = run.finished_at ?? run.created_at;
  return (
    <Card title={t("run.last")}>
      <Group justify="space-between" align="flex-start">
        <div>
          <RunTitle run={run} />
          <Text size="sm" mt={4}>
            {outcome(run, t)}
          </Text>
        </div>
        <Group gap="sm">
          <Text size="sm" c="var(--ol-quiet)">
            {formatAgo(ended)}
          </Text>
          <Opens run={run.run_id} size="sm">
            {t("run.more")}
          </Opens>
        </Group>
      </Group>
    </Card>
  );
}
