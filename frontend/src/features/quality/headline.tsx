import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ENOUGH } from "@/features/quality/numbers";
import type { Summary } from "@/features/quality/queries";
import { useQualitySearch } from "@/features/quality/search";
import { formatInterval, formatShare } from "@/ui/shares";
import "@/features/quality/texts";
import { formatDay, formatNumber } from "@/i18n/format";
import { Card } from "@/ui/page";
import classes from "./quality.module.css";

/** The four numbers that are looked at first. */
export function Headline({ summary }: { summary: Summary }) {
  const { t } = useTranslation("quality");
  const { filters } = useQualitySearch();
  const champion = summary.versions.find((one) => one.model_version === summary.champion);
  const labels = { count: summary.labelled, shown: formatNumber(summary.labelled) };
  return (
    <div className={classes.facts}>
      <Fact name={t("head.rate")} value={formatShare(summary.rate)}>
        {summary.rate === null
          ? t("head.noLabels")
          : `${formatInterval(summary)} ${t("head.labels", labels)}`}
      </Fact>
      <Fact name={t("head.texts")} value={formatNumber(summary.texts)}>
        {t(`head.textsHint.${filters.from || filters.to ? "period" : "all"}`)}
      </Fact>
      <Fact name={t("head.labelled")} value={formatNumber(summary.labelled)}>
        {t("head.labelledHint", { share: formatShare(1 - (summary.unlabelled_share ?? 1)) })}{" "}
        <Anchor component={Link} to="/review" size="sm" underline="always">
          {t("review")}
        </Anchor>
      </Fact>
      <Fact name={t("head.version")} value={summary.champion ?? "—"}>
        {champion && t("head.versionHint", { day: formatDay(champion.first_used) })}
      </Fact>
    </div>
  );
}

function Fact({ name, value, children }: { name: string; value: string; children: ReactNode }) {
  return (
    <Card>
      <Stack gap={2}>
        <Text size="sm" c="var(--ol-quiet)">
          {name}
        </Text>
        <Text fz={26} lh={1.25} fw={600} truncate title={value}>
          {value}
        </Text>
        <Text size="sm" c="var(--ol-quiet)">
          {children}
        </Text>
      </Stack>
    </Card>
  );
}

/** Says so where the labels are too few to conclude anything. */
export function FewLabels({ summary }: { summary: Summary }) {
  const { t } = useTranslation("quality");
  if (summary.labelled >= ENOUGH || summary.labelled === 0) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconInfoCircle />}
      title={t("few", { count: summary.labelled })}
    >
      <Text size="sm">
        {t("fewHint", { low: formatShare(summary.low), high: formatShare(summary.high), enough: ENOUGH })}{" "}
        <Anchor component={Link} to="/review" inherit c="inherit" underline="always">
          {t("review")}
        </Anchor>
      </Text>
    </Alert>
  );
}
