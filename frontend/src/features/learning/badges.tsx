import { useTranslation } from "react-i18next";
import type { Run, Version } from "@/features/learning/queries";
import "@/features/learning/texts";
import { type Tone, ToneBadge } from "@/ui/tone-badge";

const RUN_TONES: Record<Run["status"], Tone> = {
  queued: "quiet",
  running: "accent",
  awaiting_approval: "warn",
  promoted: "good",
  rejected: "quiet",
  failed: "bad",
  cancelled: "quiet",
};

const VERSION_TONES: Record<Version["status"], Tone> = {
  candidate: "warn",
  canary: "accent",
  champion: "good",
  retired: "quiet",
  rejected: "quiet",
};

export function RunBadge({ status }: { status: Run["status"] }) {
  const { t } = useTranslation("learning");
  return <ToneBadge tone={RUN_TONES[status]}>{t(`run.status.${status}`)}</ToneBadge>;
}

export function VersionBadge({ status }: { status: Version["status"] }) {
  const { t } = useTranslation("learning");
  return <ToneBadge tone={VERSION_TONES[status]}>{t(`version.status.${status}`)}</ToneBadge>;
}
