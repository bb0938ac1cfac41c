import { MantineProvider } from "@mantine/core";
import { render } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { daysOption, everyDay } from "@/features/quality/days-option";
import { mondayOf } from "@/features/quality/period";
import type { Rate, UsedVersion } from "@/features/quality/queries";
import { ratesOption } from "@/features/quality/rates-option";
import { i18next } from "@/i18n";
import { calibrationOption } from "@/ui/calibration/calibration-option";
import "@/features/quality/texts";
import { everyWeek, weeksOption } from "@/features/quality/weeks-option";
import { tip } from "@/ui/tip";
import "@/ui/calibration/texts";
import { Chart, type ChartOption } from "@/ui/chart";

const t = i18next.getFixedT("ru", "quality");
const counted = { texts: 20, labelled: 10, success: 8, rate: 0.8, low: 0.49, high: 0.94 };

function week(key: string): Rate {
  return { ...counted, key, name: key };
}

function used(name: string, first: string): UsedVersion {
  return { ...counted, model_version: name, first_used: first, last_used: first, former: null, change: null };
}

describe("weeks", () => {
  it("begin on a Monday of Moscow", () => {
    expect(mondayOf("2026-09-20T20:59:00Z")).toBe("2026-09-14");
    expect(mondayOf("2026-09-20T21:00:00Z")).toBe("2026-09-21");
  });

  it("without texts stay on the axis, and versions stand where they began", () => {
    const versions = [used("base-1", "2026-08-01T00:00:00Z"), used("base-2", "2026-09-16T10:00:00Z")];
    const weeks = everyWeek([week("2026-09-07"), week("2026-09-28")], versions);
    expect(weeks.map((one) => [one.monday, Boolean(one.counted), one.versions])).toEqual([
      ["2026-09-07", true, []],
      ["2026-09-14", false, ["base-2"]],
      ["2026-09-21", false, []],
      ["2026-09-28", true, []],
    ]);
  });
});

it("days without work stay on the axis", () => {
  const days = everyDay([
    { day: "2026-02-27", texts: 3, labels: 0 },
    { day: "2026-03-02", texts: 0, labels: 1 },
  ]);
  expect(days.map((one) => one.day)).toEqual(["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]);
  expect(days[1]).toMatchObject({ texts: 0, labels: 0 });
});

it("a name of the catalogue is never read as HTML", () => {
  const shown = tip("<img src=x onerror=alert(1)>", ["<b>5</b>"]);
  expect(shown.querySelector("img, b")).toBeNull();
  expect(shown).toHaveTextContent("<img src=x onerror=alert(1)>");
});

describe("pictures", () => {
  // jsdom neither measures nor draws on a canvas; the pictures are SVG
  beforeEach(() => {
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(640);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(320);
  });

  const bin = { from: 0.8, to: 0.9, count: 10, confidence: 0.85, rate: 0.8, low: 0.49, high: 0.94 };
  const pictures: Record<string, [ChartOption, string]> = {
    rates: [ratesOption([{ ...counted, name: "Вклад" }], t), "Вклад"],
    weeks: [
      weeksOption(
        everyWeek([week("2026-09-14"), week("2026-09-21")], [used("base-7", "2026-09-15T09:00:00Z")]),
        t,
      ),
      "base-7",
    ],
    calibration: [calibrationOption([bin], i18next.getFixedT("ru", "calibration")), "Уверенность"],
    days: [daysOption([{ day: "2026-09-14", texts: 3, labels: 1 }], t), "Метки"],
  };

  it.each(Object.keys(pictures))("%s", (name) => {
    const [option, shown] = pictures[name] ?? [];
    if (!option) throw new Error(name);
    const view = render(
      <MantineProvider env="test">
        <Chart label={name} height={320} option={option} />
      </MantineProvider>,
    );
    const picture = view.getByRole("img", { name });
    expect(picture.querySelectorAll("path").length).toBeGreaterThan(3);
    expect(picture.textContent).toContain(shown);
    view.unmount();
  });
});
