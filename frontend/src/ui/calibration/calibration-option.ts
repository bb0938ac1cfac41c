import type { TFunction } from "i18next";
import { formatNumber } from "@/i18n/format";
import type { ChartOption } from "@/ui/chart";
import { base, shareAxis } from "@/ui/chart-style";
import { formatInterval, formatShare, type Share } from "@/ui/shares";
import { tip } from "@/ui/tip";

/** The texts whose confidence lies between `from` and `to`, with what came of them. */
export interface Bin extends Share {
  from: number;
  to: number;
  count: number;
  confidence: number;
}

const SMALLEST = 8;
const LARGEST = 28;

/** Confidence across, success up, the diagonal where both agree; the area of a dot follows its count. */
export function calibrationOption(bins: readonly Bin[], t: TFunction<"calibration">): ChartOption {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const size = (bin: Bin): number => Math.max(SMALLEST, LARGEST * Math.sqrt(bin.count / most));
  return (palette) => ({
    ...base(palette),
    grid: {
      left: 28,
      right: 16,
      top: 12,
      bottom: 28,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: { ...shareAxis(palette, formatShare), ...named(t("confidence"), 28, palette.quiet) },
    yAxis: { ...shareAxis(palette, formatShare), ...named(t("share"), 44, palette.quiet) },
    tooltip: {
      ...base(palette).tooltip,
      trigger: "item",
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const bin = bins[dataIndex];
        return bin ? tip(binTitle(bin, t), binLines(bin, t)) : "";
      },
    },
    series: [
      {
        type: "line",
        silent: true,
        symbol: "none",
        data: [
          [0, 0],
          [1, 1],
        ],
        lineStyle: { color: palette.quiet, type: "dashed", width: 1 },
        tooltip: { show: false },
      },
      ...bins
        .filter((bin) => bin.low !== null)
        .map((bin) => ({
          type: "line",
          silent: true,
          symbol: "none",
          data: [
            [bin.confidence, bin.low],
            [bin.confidence, bin.high],
          ],
          lineStyle: { color: palette.accent, opacity: 0.35, width: 2 },
          tooltip: { show: false },
        })),
      {
        type: "scatter",
        data: bins.map((bin) => ({ value: [bin.confidence, bin.rate], symbolSize: size(bin) })),
        itemStyle: { color: palette.accent, opacity: 0.85 },
        z: 3,
      },
    ],
  });
}

function named(name: string, gap: number, color: string) {
  return { name, nameLocation: "middle" as const, nameGap: gap, nameTextStyle: { color } };
}

export function binTitle(bin: Bin, t: TFunction<"calibration">): string {
  return t("bin", { from: formatShare(bin.from), to: formatShare(bin.to) });
}

function binLines(bin: Bin, t: TFunction<"calibration">): string[] {
  return [
    t("mean", { confidence: formatShare(bin.confidence) }),
    t("rate", { rate: formatShare(bin.rate) }),
    ...(bin.low === null ? [] : [t("interval", { interval: formatInterval(bin) })]),
    t("count", { shown: formatNumber(bin.count) }),
  ];
}
