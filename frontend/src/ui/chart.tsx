import { useComputedColorScheme } from "@mantine/core";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, type EChartsType, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([BarChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const COLOURS = {
  accent: "--ol-accent",
  text: "--mantine-color-text",
  quiet: "--ol-quiet",
  line: "--ol-line",
  surface: "--ol-surface",
  good: "--ol-good",
  bad: "--ol-bad",
  warn: "--ol-warn",
} as const;

export type Palette = Record<keyof typeof COLOURS, string> & { font: string };
export type ChartOption = (palette: Palette) => EChartsCoreOption;

/** The colours as the browser computes them here: a variable by itself may still hold `light-dark(…)`. */
function paletteOf(place: HTMLElement): Palette {
  const colours = Object.entries(COLOURS).map(([name, variable]) => {
    place.style.color = `var(${variable})`;
    return [name, getComputedStyle(place).color];
  });
  place.style.color = "";
  return { ...(Object.fromEntries(colours) as Palette), font: getComputedStyle(place).fontFamily };
}

interface ChartProps {
  /** What the picture shows, for those who do not see it. */
  label: string;
  height: number;
  /** Stable between renders, or the picture is drawn anew. */
  option: ChartOption;
}

/** A picture by ECharts in the colours of the page; it follows its width and the theme. */
export function Chart({ label, height, option }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const scheme = useComputedColorScheme("light");

  // ECharts draws by itself into an element of its own
  useEffect(() => {
    if (!place.current) return;
    const made = init(place.current);
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(place.current);
    chart.current = made;
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read from the document, which the scheme changes
  useEffect(() => {
    if (place.current) chart.current?.setOption(option(paletteOf(place.current)), { notMerge: true });
  }, [option, scheme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a picture of another height has to be measured again
  useEffect(() => chart.current?.resize(), [height]);

  return <div ref={place} role="img" aria-label={label} style={{ height, width: "100%" }} />;
}
