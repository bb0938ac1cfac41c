import { SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ENOUGH_IN_GROUP } from "@/features/quality/numbers";
import { type Rate, ratesQuery } from "@/features/quality/queries";
import { type NamedCount, ratesHeight, ratesOption } from "@/features/quality/rates-option";
import { GROUPS, type Grouping, useQualitySearch } from "@/features/quality/search";
import { ShareTable } from "@/features/quality/share-table";
import "@/features/quality/texts";
import { Chart } from "@/ui/chart";
import { Card } from "@/ui/page";
import { Failed, Loading } from "@/ui/states";
import classes from "./quality.module.css";

/** The success rate of each group, beside one another. */
export function RatesCard() {
  const { t } = useTranslation("quality");
  const { filters, by, change } = useQualitySearch();
  const rates = useQuery(ratesQuery(by, filters));
  return (
    <Card
      title={t("rates.title")}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("rates.by")}
          value={by}
          onChange={(value) => change({ by: value })}
          data={GROUPS.map((value) => ({ value, label: t(`rates.${value}`) }))}
        />
      }
    >
      {rates.isPending && <Loading />}
      {rates.error && <Failed error={rates.error} retry={() => void rates.refetch()} />}
      {rates.data && (
        <div className={rates.isPlaceholderData ? classes.stale : undefined}>
          <Groups by={rates.data.by as Grouping} rates={rates.data.groups} />
        </div>
      )}
    </Card>
  );
}

function groupName(by: Grouping, { key, name }: Rate, t: TFunction<["quality", "common"]>): string {
  if (key === null) return t("quality:rates.unknownSegment");
  if (by === "segment") return `${key}. ${name}`;
  return by === "tone" ? t(`common:tone.${key}`, { defaultValue: key }) : (name ?? key);
}

function Groups({ by, rates }: { by: Grouping; rates: Rate[] }) {
  const { t } = useTranslation(["quality", "common"]);
  const { t: own } = useTranslation("quality");
  const { tables } = useQualitySearch();
  const groups: NamedCount[] = useMemo(
    () => rates.map((one) => ({ ...one, name: groupName(by, one, t) })),
    [by, rates, t],
  );
  const labelled = useMemo(() => groups.filter((one) => one.labelled > 0), [groups]);
  const option = useMemo(() => ratesOption(labelled, own), [labelled, own]);
  if (tables) return <ShareTable caption={own("rates.chart")} head={own("table.group")} groups={groups} />;
  if (!labelled.length) return <Text size="sm">{own("rates.none")}</Text>;
  const rest = groups.length - labelled.length;
  return (
    <>
      <Chart label={own("rates.chart")} height={ratesHeight(labelled.length)} option={option} />
      <Text size="xs" c="var(--ol-quiet)" mt={8}>
        {own("rates.legend", { count: ENOUGH_IN_GROUP })}
        {rest > 0 && ` ${own("rates.unlabelled", { count: rest })}`}
      </Text>
    </>
  );
}
