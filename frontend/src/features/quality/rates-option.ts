import type { TFunction } from "i18next";
import { ENOUGH_IN_GROUP } from "@/features/quality/numbers";
import type { Counted } from "@/features/quality/queries";
import { formatNumber } from "@/i18n/format";
import type { ChartOption } from "@/ui/chart";
import { base, nameAxis, shareAxis } from "@/ui/chart-style";
import { formatInterval, formatShare } from "@/ui/shares";
import { tip } from "@/ui/tip";

export interface NamedCount extends Counted {
  name: string;
}

const ROW = 36;
const MARGINS = 48;
/** Pixels for the names, less of them in a narrow picture. */
const NAME = 176;
const NARROW = 480;
const NAME_NARROW = 96;

export function ratesHeight(rows: number): number {
  return rows * ROW + MARGINS;
}

/** The lines of a hover over some counts. */
export function countLines(t: TFunction<"quality">, one: Counted): string[] {
  const texts = formatNumber(one.texts);
  if (one.rate === null) return [t("tip.none", { texts })];
  return [
    t("tip.rate", { rate: formatShare(one.rate) }),
    t("tip.interval", { interval: formatInterval(one) }),
    t("tip.counts", { success: formatNumber(one.success), labelled: formatNumber(one.labelled), texts }),
  ];
}

/** A dot per group with its interval as a bar behind; on the right the number and the count of labels. */
export function ratesOption(groups: readonly NamedCount[], t: TFunction<"quality">): ChartOption {
  const told = groups.map((one) => `${formatShare(one.rate)}  n=${formatNumber(one.labelled)}`);
  return (palette) => ({
    media: [{ query: { maxWidth: NARROW }, option: { yAxis: [{ axisLabel: { width: NAME_NARROW } }] } }],
    ...base(palette),
    grid: { left: 8, right: 8, top: 8, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: shareAxis(palette, formatShare),
    yAxis: [
      {
        ...nameAxis(
          palette,
          groups.map((one) => one.name),
        ),
        inverse: true,
        axisLabel: { color: palette.text, width: NAME, overflow: "truncate", interval: 0 },
      },
      {
        ...nameAxis(palette, told),
        inverse: true,
        position: "right",
        axisLabel: { color: palette.quiet, interval: 0 },
      },
    ],
    tooltip: {
      ...base(palette).tooltip,
      trigger: "axis",
      axisPointer: { type: "shadow", axis: "y" },
      formatter: (hovered: { dataIndex: number }[]) => {
        const one = groups[hovered[0]?.dataIndex ?? 0];
        return one ? tip(one.name, countLines(t, one)) : "";
      },
    },
    series: [
      {
        type: "bar",
        stack: "interval",
        silent: true,
        data: groups.map((one) => one.low),
        itemStyle: { opacity: 0 },
      },
      {
        type: "bar",
        stack: "interval",
        silent: true,
        barWidth: 6,
        data: groups.map((one) => (one.high ?? 0) - (one.low ?? 0)),
        itemStyle: { color: palette.accent, opacity: 0.28, borderRadius: 3 },
      },
      {
        type: "scatter",
        symbolSize: 11,
        z: 3,
        data: groups.map((one, place) => ({
          value: [one.rate, place],
          itemStyle: { color: palette.accent, opacity: one.labelled < ENOUGH_IN_GROUP ? 0.45 : 1 },
        })),
      },
    ],
  });
}
