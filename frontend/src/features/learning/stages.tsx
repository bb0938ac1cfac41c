import { VisuallyHidden } from "@mantine/core";
import { IconCheck, IconMinus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { presentStage, STAGES, type Stage } from "@/features/learning/present-stage";
import type { RunInFull } from "@/features/learning/queries";
import "@/features/learning/texts";
import { formatDuration } from "@/i18n/format";
import classes from "./learning.module.css";

type State = "done" | "now" | "broken" | "skipped" | "waiting";

/** Stages that only the tuning of the model itself needs. */
const OF_TUNING: readonly Stage[] = ["tune", "export"];

function tunes(run: RunInFull): boolean {
  const { learners } = run.options;
  return !Array.isArray(learners) || learners.includes("tune");
}

function stateOf(run: RunInFull, stage: Stage): State {
  const finished = run.stages.find((one) => one.name === stage);
  if (finished?.result.skipped || (OF_TUNING.includes(stage) && !tunes(run))) return "skipped";
  if (finished) return "done";
  if (stage !== presentStage(run)) return "waiting";
  return isGoing(run) ? "now" : "broken";
}

/** The way of a run, step by step. */
export function Stages({ run }: { run: RunInFull }) {
  const { t } = useTranslation("learning");
  return (
    <ol className={classes.stages} aria-label={t("run.stages")}>
      {STAGES.map((stage) => {
        const state = stateOf(run, stage);
        const seconds = run.stages.find((one) => one.name === stage)?.seconds ?? null;
        return (
          <li key={stage} data-state={state} aria-current={state === "now" ? "step" : undefined}>
            <span className={classes.mark} aria-hidden>
              <Mark state={state} />
            </span>
            <span className={classes.stage}>
              {t(`stage.${stage}`)}
              <small>
                {state === "done" && seconds !== null ? formatDuration(seconds) : t(`stage.state.${state}`)}
              </small>
              {state === "done" && <VisuallyHidden>{t("stage.state.done")}</VisuallyHidden>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Mark({ state }: { state: State }) {
  if (state === "done") return <IconCheck size={14} stroke={2.6} />;
  if (state === "broken") return <IconX size={14} stroke={2.6} />;
  if (state === "skipped") return <IconMinus size={14} stroke={2.6} />;
  return null;
}
