import type { Palette } from "@/ui/chart";

const SIZE = 12;

/** What every picture of the page shares. */
export function base(palette: Palette) {
  return {
    animationDuration: 250,
    textStyle: { fontFamily: palette.font, fontSize: SIZE, color: palette.text },
    tooltip: {
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      padding: [8, 12],
      textStyle: { color: palette.text, fontSize: SIZE, fontFamily: palette.font },
    },
  };
}

/** An axis of names, without lines. */
export function nameAxis(palette: Palette, data: readonly string[]) {
  return {
    type: "category" as const,
    data: [...data],
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: palette.quiet, fontSize: SIZE, hideOverlap: true },
  };
}

/** An axis of numbers with quiet lines across the picture. */
export function valueAxis(palette: Palette, format: (value: number) => string) {
  return {
    type: "value" as const,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: palette.quiet, fontSize: SIZE, formatter: format },
    splitLine: { lineStyle: { color: palette.line } },
  };
}

/** The axis of a share, from nothing to all. */
export function shareAxis(palette: Palette, format: (value: number) => string) {
  return { ...valueAxis(palette, format), min: 0, max: 1, interval: 0.25 };
}
