import type { TFunction } from "i18next";
import { addDays } from "@/features/quality/period";
import type { Day } from "@/features/quality/queries";
import { formatDay, formatDayShort, formatNumber } from "@/i18n/format";
import type { ChartOption } from "@/ui/chart";
import { base, nameAxis, valueAxis } from "@/ui/chart-style";
import { tip } from "@/ui/tip";

/** Every day from the first to the last, those without work too. */
export function everyDay(days: readonly Day[]): Day[] {
  const known = new Map(days.map((one) => [one.day, one]));
  const last = days.at(-1)?.day;
  const all: Day[] = [];
  for (let day = days[0]?.day; day && last && day <= last; day = addDays(day, 1)) {
    all.push(known.get(day) ?? { day, texts: 0, labels: 0 });
  }
  return all;
}

/** Texts above, labels below, each on a scale of its own: there may be a hundred texts to a label. */
export function daysOption(days: readonly Day[], t: TFunction<"quality">): ChartOption {
  const names = days.map((one) => formatDayShort(one.day));
  const whole = (value: number): string => formatNumber(value);
  return (palette) => {
    const rows = [
      { name: t("days.texts"), color: palette.quiet, data: days.map((one) => one.texts) },
      { name: t("days.labels"), color: palette.accent, data: days.map((one) => one.labels) },
    ];
    const title = { nameLocation: "end", nameTextStyle: { color: palette.quiet, align: "left" } };
    return {
      ...base(palette),
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      grid: [
        { left: 56, right: 8, top: 28, height: 64 },
        { left: 56, right: 8, top: 124, height: 64 },
      ],
      xAxis: rows.map((_, place) => ({
        ...nameAxis(palette, names),
        gridIndex: place,
        ...(place === 0 && { axisLabel: { show: false } }),
      })),
      yAxis: rows.map((row, place) => ({
        ...valueAxis(palette, whole),
        ...title,
        name: row.name,
        gridIndex: place,
        minInterval: 1,
        splitNumber: 2,
      })),
      tooltip: {
        ...base(palette).tooltip,
        trigger: "axis",
        axisPointer: { type: "shadow" },
        formatter: (hovered: { dataIndex: number }[]) => {
          const one = days[hovered[0]?.dataIndex ?? 0];
          return one ? tip(formatDay(one.day), dayLines(one, t)) : "";
        },
      },
      series: rows.map((row, place) => ({
        type: "bar",
        xAxisIndex: place,
        yAxisIndex: place,
        data: row.data,
        barMaxWidth: 16,
        itemStyle: { color: row.color, borderRadius: [2, 2, 0, 0] },
      })),
    };
  };
}

function dayLines(one: Day, t: TFunction<"quality">): string[] {
  return [
    `${t("days.texts")}: ${formatNumber(one.texts)}`,
    `${t("days.labels")}: ${formatNumber(one.labels)}`,
  ];
}
