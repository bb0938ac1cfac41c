import { Table, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { daysOption, everyDay } from "@/features/quality/days-option";
import type { Summary } from "@/features/quality/queries";
import { useQualitySearch } from "@/features/quality/search";
import { formatShare } from "@/ui/shares";
import "@/features/quality/texts";
import { formatDay, formatNumber } from "@/i18n/format";
import { Chart } from "@/ui/chart";
import { Card } from "@/ui/page";
import classes from "./quality.module.css";

const HEIGHT = 216;

/** How much is written and how much of it is judged. */
export function DaysCard({ summary }: { summary: Summary }) {
  const { t } = useTranslation("quality");
  const { tables } = useQualitySearch();
  const option = useMemo(() => daysOption(everyDay(summary.days), t), [summary.days, t]);
  return (
    <Card title={t("days.title")}>
      {tables ? (
        <DayTable summary={summary} />
      ) : (
        <Chart label={t("days.chart")} height={HEIGHT} option={option} />
      )}
      {summary.unlabelled_share !== null && (
        <Text size="xs" c="var(--ol-quiet)" mt={4}>
          {t("days.unlabelled", { share: formatShare(summary.unlabelled_share) })}
        </Text>
      )}
    </Card>
  );
}

function DayTable({ summary }: { summary: Summary }) {
  const { t } = useTranslation("quality");
  return (
    <Table aria-label={t("days.chart")} verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("days.day")}</Table.Th>
          <Table.Th scope="col" className={classes.number}>
            {t("days.texts")}
          </Table.Th>
          <Table.Th scope="col" className={classes.number}>
            {t("days.labels")}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {summary.days.map((one) => (
          <Table.Tr key={one.day}>
            <Table.Th scope="row" fw={400}>
              {formatDay(one.day)}
            </Table.Th>
            <Table.Td className={classes.number}>{formatNumber(one.texts)}</Table.Td>
            <Table.Td className={classes.number}>{formatNumber(one.labels)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
