import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Rule } from "@/features/compliance/queries";
import "@/features/compliance/texts";
import { ToneBadge } from "@/ui/tone-badge";

export function SeverityBadge({ severity }: { severity: Rule["severity"] }) {
  const { t } = useTranslation("compliance");
  return (
    <Tooltip label={t(`severityHint.${severity}`)}>
      <ToneBadge tone={severity === "block" ? "bad" : "warn"}>{t(`severity.${severity}`)}</ToneBadge>
    </Tooltip>
  );
}
