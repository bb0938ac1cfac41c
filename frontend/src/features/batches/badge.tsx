import { useTranslation } from "react-i18next";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { type Tone, ToneBadge } from "@/ui/tone-badge";

const TONES: Record<Batch["status"], Tone> = {
  queued: "quiet",
  running: "accent",
  done: "good",
  failed: "bad",
  cancelled: "quiet",
};

export function BatchBadge({ batch: { status, stage } }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const said = status === "running" ? t(`stage.${stage}`) : t(`status.${status}`);
  return <ToneBadge tone={TONES[status]}>{said}</ToneBadge>;
}
