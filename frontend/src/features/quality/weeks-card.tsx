import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Rate, ratesQuery, type UsedVersion } from "@/features/quality/queries";
import { useQualitySearch } from "@/features/quality/search";
import { ShareTable } from "@/features/quality/share-table";
import "@/features/quality/texts";
import { everyWeek, weeksOption } from "@/features/quality/weeks-option";
import { formatDay } from "@/i18n/format";
import { Chart } from "@/ui/chart";
import { Card } from "@/ui/page";
import { Failed, Loading } from "@/ui/states";

const HEIGHT = 264;

/** The success rate over time, with the first use of each version. */
export function WeeksCard({ versions }: { versions: UsedVersion[] }) {
  const { t } = useTranslation("quality");
  const { filters } = useQualitySearch();
  const rates = useQuery(ratesQuery("week", filters));
  return (
    <Card title={t("weeks.title")}>
      {rates.isPending && <Loading height={HEIGHT} />}
      {rates.error && <Failed error={rates.error} retry={() => void rates.refetch()} />}
      {rates.data && <Weeks rates={rates.data.groups} versions={versions} />}
    </Card>
  );
}

function Weeks({ rates, versions }: { rates: Rate[]; versions: UsedVersion[] }) {
  const { t } = useTranslation("quality");
  const { tables } = useQualitySearch();
  const option = useMemo(() => weeksOption(everyWeek(rates, versions), t), [rates, versions, t]);
  if (tables) {
    const groups = rates.map((one) => ({ ...one, name: one.key ? formatDay(one.key) : "" }));
    return <ShareTable caption={t("weeks.chart")} head={t("table.week")} groups={groups} />;
  }
  return (
    <>
      <Chart label={t("weeks.chart")} height={HEIGHT} option={option} />
      <Text size="xs" c="var(--ol-quiet)" mt={8}>
        {t("weeks.legend")}
      </Text>
    </>
  );
}
