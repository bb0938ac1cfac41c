import { Alert, Anchor, Collapse, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { DecisionReport } from "@/features/learning/decision-report";
import { EndButton } from "@/features/learning/end-button";
import { Learnt } from "@/features/learning/learnt";
import { useRun } from "@/features/learning/live";
import { Log } from "@/features/learning/log";
import { RunProgress } from "@/features/learning/progress";
import { PromoteButtons } from "@/features/learning/promote-buttons";
import type { Run, RunInFull } from "@/features/learning/queries";
import { decisionOf, isDeclined } from "@/features/learning/report";
import { useEngineer } from "@/features/learning/roles";
import { RunTitle } from "@/features/learning/run-title";
import { Stages } from "@/features/learning/stages";
import "@/features/learning/texts";
import { formatDuration, formatMoment } from "@/i18n/format";
import { Failed, Loading, Outdated } from "@/ui/states";

/** Everything about a run: how far it is, or what came of it. */
export function RunPanel({ id }: { id: string }) {
  const run = useRun(id);
  if (run.error && !run.data) return <Failed error={run.error} retry={() => void run.refetch()} />;
  if (!run.data) return <Loading />;
  return (
    <>
      {run.error && <Outdated error={run.error} retry={() => void run.refetch()} />}
      <Panel run={run.data} />
    </>
  );
}

function Panel({ run }: { run: RunInFull }) {
  const { t } = useTranslation("learning");
  const engineer = useEngineer();
  const going = isGoing(run);
  const decision = decisionOf(run);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start">
        <div>
          <RunTitle run={run} />
          <Story run={run} />
        </div>
        {engineer && going && <EndButton run={run} how="cancel" size="xs" />}
      </Group>
      {run.error && (
        <Alert color="red" variant="light" title={t("run.failed")}>
          {run.error}
        </Alert>
      )}
      {!decision && <Stages run={run} />}
      {going && <RunProgress run={run} />}
      {decision && <DecisionReport decision={decision} actions={whatNext(run, engineer, t)} />}
      <Learnt run={run} />
      {decision && <Stages run={run} />}
      <FoldedLog lines={run.log_tail} open={going} />
    </Stack>
  );
}

/** What a person may do about the decision, or has done. */
function whatNext(run: Run, engineer: boolean, t: TFunction<"learning">): ReactNode {
  if (isDeclined(run)) return <Text size="sm">{t("decline.done")}</Text>;
  if (!engineer || run.status !== "awaiting_approval" || !run.challenger) return null;
  return (
    <>
      <PromoteButtons name={run.challenger} canary={false} />
      <EndButton run={run} how="decline" />
    </>
  );
}

/** Who began it, when and why, and how long it took. */
function Story({ run }: { run: Run }) {
  const { t } = useTranslation("learning");
  const begun = formatMoment(run.created_at);
  const who =
    run.trigger === "person"
      ? t("run.by", { who: run.author, begun })
      : t(`run.trigger.${run.trigger}`, { begun });
  const took =
    run.started_at && run.finished_at
      ? t("run.took", {
          time: formatDuration((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000),
        })
      : "";
  const note = typeof run.options.note === "string" ? run.options.note : "";
  return (
    <>
      <Text size="sm" c="var(--ol-quiet)">
        {who}
        {took && `, ${took}`}
        {run.attempts > 1 && `, ${t("run.attempts", { count: run.attempts })}`}
      </Text>
      {note && <Text size="sm">«{note}»</Text>}
    </>
  );
}

/** The log stands open while the run works and is folded away when it is over. */
function FoldedLog({ lines, open }: { lines: RunInFull["log_tail"]; open: boolean }) {
  const { t } = useTranslation("learning");
  const [shown, { toggle }] = useDisclosure(open);
  return (
    <div>
      <Anchor component="button" type="button" size="sm" aria-expanded={shown} onClick={toggle} mb={8}>
        {t(shown ? "log.hide" : "log.show")}
      </Anchor>
      <Collapse expanded={shown}>
        <Log lines={lines} />
      </Collapse>
    </div>
  );
}
