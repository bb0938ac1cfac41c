import { Badge, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Rule } from "@/features/compliance/queries";
import "@/features/compliance/texts";
import classes from "./compliance.module.css";

export function SeverityBadge({ severity }: { severity: Rule["severity"] }) {
  const { t } = useTranslation("compliance");
  return (
    <Tooltip label={t(`severityHint.${severity}`)}>
      <Badge className={classes.severity} data-severity={severity}>
        {t(`severity.${severity}`)}
      </Badge>
    </Tooltip>
  );
}
