import { Badge, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { State } from "@/features/catalogue/queries";
import "@/features/catalogue/texts";
import classes from "./catalogue.module.css";

export function StateBadge({ state }: { state: State }) {
  const { t } = useTranslation("catalogue");
  return (
    <Tooltip label={t(`stateHint.${state}`)} multiline maw={280}>
      <Badge className={classes.state} data-state={state}>
        {t(`state.${state}`)}
      </Badge>
    </Tooltip>
  );
}
