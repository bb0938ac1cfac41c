import type { TFunction } from "i18next";
import { addDays, mondayOf } from "@/features/quality/period";
import type { Rate, UsedVersion } from "@/features/quality/queries";
import { countLines } from "@/features/quality/rates-option";
import { formatDay, formatDayShort } from "@/i18n/format";
import type { ChartOption } from "@/ui/chart";
import { base, nameAxis, shareAxis } from "@/ui/chart-style";
import { formatShare } from "@/ui/shares";
import { tip } from "@/ui/tip";

const WEEK = 7;

/** One week, with what the API counted in it (nothing in a week without texts) and the versions first used then. */
export interface Week {
  monday: string;
  counted: Rate | undefined;
  versions: string[];
}

/** Every week from the first to the last, the empty ones too: a gap in time has to look like one. */
export function everyWeek(rates: readonly Rate[], versions: readonly UsedVersion[]): Week[] {
  const counted = new Map(rates.map((one) => [one.key ?? "", one]));
  const mondays = [...counted.keys()].sort();
  const last = mondays.at(-1);
  const weeks: Week[] = [];
  for (let monday = mondays[0]; monday && last && monday <= last; monday = addDays(monday, WEEK)) {
    const started = versions.filter((one) => mondayOf(one.first_used) === monday);
    weeks.push({ monday, counted: counted.get(monday), versions: started.map((one) => one.model_version) });
  }
  return weeks;
}

/** The rate as a line in the band of its interval; a vertical line where a version came into use. */
export function weeksOption(weeks: readonly Week[], t: TFunction<"quality">): ChartOption {
  const days = weeks.map((week) => formatDayShort(week.monday));
  const of = (value: (one: Rate) => number | null) =>
    weeks.map((week) => (week.counted ? value(week.counted) : null));
  return (palette) => ({
    ...base(palette),
    grid: {
      left: 8,
      right: 16,
      top: 32,
      bottom: 8,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: { ...nameAxis(palette, days), boundaryGap: weeks.length < 2 },
    yAxis: shareAxis(palette, formatShare),
    tooltip: {
      ...base(palette).tooltip,
      trigger: "axis",
      formatter: (hovered: { dataIndex: number }[]) => {
        const week = weeks[hovered[0]?.dataIndex ?? 0];
        return week ? tip(`${t("table.week")} ${formatDay(week.monday)}`, weekLines(week, t)) : "";
      },
    },
    series: [
      { ...BAND, data: of((one) => one.low) },
      {
        ...BAND,
        data: of((one) => (one.high === null || one.low === null ? null : one.high - one.low)),
        areaStyle: { color: palette.accent, opacity: 0.16 },
      },
      {
        type: "line",
        data: of((one) => one.rate),
        symbolSize: 8,
        symbol: "circle",
        lineStyle: { color: palette.accent, width: 2 },
        itemStyle: { color: palette.accent },
        markLine: {
          silent: true,
          symbol: "none",
          lineStyle: { color: palette.quiet, type: "dashed" },
          label: { color: palette.quiet, fontSize: 11 },
          data: weeks.flatMap((week, place) =>
            week.versions.length
              ? [
                  {
                    xAxis: place,
                    label: { formatter: week.versions.join(", "), align: beside(place, weeks.length) },
                  },
                ]
              : [],
          ),
        },
      },
    ],
  });
}

/** Where a line's name stands, so that neither the first nor the last runs over what is beside the picture. */
function beside(place: number, weeks: number): "left" | "center" | "right" {
  if (weeks < 2) return "center";
  return place === 0 ? "left" : place === weeks - 1 ? "right" : "center";
}

const BAND = {
  type: "line",
  stack: "band",
  symbol: "none",
  silent: true,
  lineStyle: { opacity: 0 },
} as const;

function weekLines(week: Week, t: TFunction<"quality">): string[] {
  const counted = week.counted ? countLines(t, week.counted) : [t("tip.none", { texts: 0 })];
  if (!week.versions.length) return counted;
  return [...counted, t("tip.version", { versions: week.versions.join(", ") })];
}
