import { Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconEqual, IconTrophy } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Dimensions } from "@/features/learning/dimensions";
import { type Decision, inRussian } from "@/features/learning/report";
import { Samples } from "@/features/learning/samples";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { formatNumber } from "@/i18n/format";
import classes from "./learning.module.css";

const ICONS = { win: IconTrophy, tie: IconEqual, veto: IconAlertTriangle };

/** What the gate concluded and from what; under it what may be done about it. */
export function DecisionReport({ decision, actions }: { decision: Decision; actions: ReactNode }) {
  const { t } = useTranslation("learning");
  const Icon = ICONS[decision.verdict];
  return (
    <Stack gap="md" component="section" aria-label={t("decision.title")}>
      <div className={classes.decision} data-verdict={decision.verdict}>
        <Icon size={24} stroke={1.6} aria-hidden />
        <div>
          <Text size="xs" c="var(--ol-quiet)">
            {t("decision.title")}
          </Text>
          <Text fw={600}>{t(`decision.${decision.verdict}`)}</Text>
          <Text size="sm">{inRussian(reasonOf(decision, t(`decision.${decision.verdict}`)))}</Text>
          <Score decision={decision} />
          {actions && <Group mt="sm">{actions}</Group>}
        </div>
      </div>
      {decision.dimensions && decision.dimensions.length > 0 && (
        <Dimensions dimensions={decision.dimensions} />
      )}
      {decision.samples && decision.samples.length > 0 && <Samples samples={decision.samples} />}
    </Stack>
  );
}

/** What the gate says beside its verdict, which stands above already. */
function reasonOf({ summary }: Decision, verdict: string): string {
  const said = `${verdict}. `;
  return summary.startsWith(said) ? summary.slice(said.length) : summary;
}

/** In how many pairs of texts which side was better, as a bar and in words. */
function Score({ decision: { wins = 0, losses = 0, ties = 0, p_value } }: { decision: Decision }) {
  const { t } = useTranslation("learning");
  if (wins + losses + ties === 0) return null;
  return (
    <div className={classes.pairsOfTexts}>
      <div className={classes.shares} aria-hidden>
        <div data-better style={{ flexGrow: wins }} />
        <div data-tie style={{ flexGrow: ties }} />
        <div data-worse style={{ flexGrow: losses }} />
      </div>
      <Text size="sm">
        {t("decision.pairs", {
          wins: formatNumber(wins),
          losses: formatNumber(losses),
          ties: formatNumber(ties),
        })}
        {p_value !== undefined && p_value !== null && ` ${t("decision.p", { p: pValue(p_value) })}`}
      </Text>
    </div>
  );
}

const SMALLEST_P = 0.001;

function pValue(p: number): string {
  return p < SMALLEST_P ? `< ${formatNumber(SMALLEST_P, 3)}` : `= ${formatNumber(p, 3)}`;
}
