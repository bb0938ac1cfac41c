import { useTranslation } from "react-i18next";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { type Tone, ToneBadge } from "@/ui/tone-badge";

/** What is said of a batch: its status, told more closely where that matters. */
const TONES = {
  queued: "quiet",
  validate: "accent",
  write: "accent",
  done: "good",
  partly: "warn",
  nothing: "bad",
  failed: "bad",
  cancelled: "quiet",
} as const satisfies Record<string, Tone>;

function outcomeOf({ status, stage, done, failed }: Batch): keyof typeof TONES {
  if (status === "running") return stage;
  if (status !== "done" || !failed) return status;
  return done ? "partly" : "nothing";
}

export function BatchBadge({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const outcome = outcomeOf(batch);
  return <ToneBadge tone={TONES[outcome]}>{t(`outcome.${outcome}`)}</ToneBadge>;
}
