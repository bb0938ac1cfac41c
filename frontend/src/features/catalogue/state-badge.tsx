import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { State } from "@/features/catalogue/queries";
import "@/features/catalogue/texts";
import { type Tone, ToneBadge } from "@/ui/tone-badge";

const TONES: Record<State, Tone> = { ready: "good", draft: "warn", archived: "quiet" };

export function StateBadge({ state }: { state: State }) {
  const { t } = useTranslation("catalogue");
  return (
    <Tooltip label={t(`stateHint.${state}`)} multiline maw={280}>
      <ToneBadge tone={TONES[state]}>{t(`state.${state}`)}</ToneBadge>
    </Tooltip>
  );
}
