import { configure, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { QualityPage } from "@/features/quality/page";
import type {
  Calibration,
  Counted,
  FailureReasons,
  Rate,
  Summary,
  UsedVersion,
} from "@/features/quality/queries";
import { renderPage } from "@/testing/render";
import { callsOf, problem, serve } from "@/testing/server";

vi.mock("@/ui/chart", () => ({
  Chart: ({ label }: { label: string }) => <div role="img" aria-label={label} />,
}));
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 60_000 });

const SUMMARY = "GET /api/v1/quality/summary";
const RATES = "GET /api/v1/quality/rates";
const CALIBRATION = "GET /api/v1/quality/calibration";
const REASONS = "GET /api/v1/quality/reasons";

const some: Counted = { texts: 1200, labelled: 150, success: 104, rate: 0.694, low: 0.615, high: 0.762 };
const none: Counted = { texts: 40, labelled: 0, success: 0, rate: null, low: null, high: null };

function version(name: string, more: Partial<UsedVersion> = {}): UsedVersion {
  const used = { first_used: "2026-11-02T06:00:00Z", last_used: "2026-11-20T06:00:00Z" };
  return { ...some, ...used, model_version: name, former: null, change: null, ...more };
}

function summary(more: Partial<Summary> = {}): Summary {
  const days = [{ day: "2026-11-20", texts: 30, labels: 12 }];
  const versions = [version("base-3"), version("base-2")];
  return { ...some, unlabelled_share: 0.875, days, champion: "base-2", versions, ...more };
}

function rate(key: string | null, counted: Counted = some, name: string | null = key): Rate {
  return { ...counted, key, name };
}

const calibration: Calibration = {
  labelled: 150,
  calibrated: 0,
  bins: [{ from: 0.8, to: 0.9, count: 150, confidence: 0.85, rate: 0.694, low: 0.615, high: 0.762 }],
  ece: 0.157,
  brier: 0.24,
  brier_base: 0.213,
};

const reasons: FailureReasons = {
  failures: 46,
  without_reason: 3,
  reasons: [
    { code: "dull", words: "Скучно, шаблонно", count: 20, share: 0.43 },
    { code: "tone", words: "Не тот тон", count: 5, share: 0.11 },
  ],
  groups: [],
};

beforeEach(() => {
  serve({
    [SUMMARY]: summary(),
    [RATES]: ({ path }: { path: string }) => {
      const by = new URLSearchParams(path.split("?")[1]).get("by");
      return { by, total: some, groups: by === "week" ? [rate("2026-11-16")] : [rate("base-2")] };
    },
    [CALIBRATION]: calibration,
    [REASONS]: reasons,
    "GET /api/v1/products": { items: [], next_cursor: null, total: 0 },
    "GET /api/v1/channels": { items: [], next_cursor: null, total: 0 },
  });
});

function open(search = "", role: "marketer" | "admin" = "marketer") {
  return renderPage(<QualityPage />, { at: `/quality${search}`, role });
}

describe("headline", () => {
  it("gives the rate with its interval and count, and no warning where labels are enough", async () => {
    await open();
    expect(await screen.findByText(/62–76\s%\s+по 150 меткам/)).toBeInTheDocument();
    expect(screen.getByTitle(/^69\s%$/)).toBeInTheDocument();
    expect(screen.queryByText(/судить рано/)).not.toBeInTheDocument();
  });

  it("says how little a dozen labels tell, and leads to the review", async () => {
    serve({ [SUMMARY]: summary({ labelled: 12, success: 9, rate: 0.75, low: 0.468, high: 0.911 }) });
    await open();
    const warning = await screen.findByRole("alert");
    expect(warning).toHaveTextContent("По 12 меткам судить рано");
    expect(warning).toHaveTextContent(/от 47\s% до 91\s%/);
    expect(within(warning).getByRole("link", { name: "Разметить тексты" })).toHaveAttribute(
      "href",
      "/review",
    );
  });
});

describe("nothing to judge by", () => {
  it("leads to writing where there are no texts", async () => {
    serve({ [SUMMARY]: summary({ ...none, texts: 0, versions: [], days: [], unlabelled_share: null }) });
    await open();
    expect(await screen.findByText("Текстов ещё нет")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Написать текст" })).toHaveAttribute("href", "/new");
  });

  it("leads to the review where there are no labels", async () => {
    serve({ [SUMMARY]: summary({ ...none, versions: [version("base-2", none)] }) });
    await open();
    expect(await screen.findByText("Меток ещё нет")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Разметить тексты" })).toHaveAttribute("href", "/review");
    expect(callsOf(CALIBRATION)).toHaveLength(0);
  });

  it("offers to drop the filters where they leave nothing", async () => {
    serve({ [SUMMARY]: summary({ ...none, texts: 0, versions: [], days: [] }) });
    const { user, address } = await open("?product=CC&view=table");
    expect(await screen.findByText("По этому отбору меток нет")).toBeInTheDocument();
    const [reset] = screen.getAllByRole("button", { name: "Сбросить отбор" });
    if (reset) await user.click(reset);
    await waitFor(() => expect(address()).not.toContain("product"));
    expect(address()).toContain("view=table");
  });
});

describe("filters", () => {
  it("ask the API for whole Moscow days, the last one included", async () => {
    await open("?from=2026-11-01&to=2026-11-30&channel=SMS");
    await screen.findByText(/по 150 меткам/);
    await waitFor(() => expect(callsOf(REASONS)).toHaveLength(1));
    for (const name of [SUMMARY, CALIBRATION, REASONS]) {
      const query = new URLSearchParams(callsOf(name)[0]?.path.split("?")[1]);
      expect(Object.fromEntries(query)).toEqual({
        from: "2026-11-01T00:00:00+03:00",
        to: "2026-12-01T00:00:00+03:00",
        channel: "SMS",
      });
    }
  });

  it("leave out what an address says wrong", async () => {
    await open("?from=yesterday&by=weather");
    await screen.findByText(/по 150 меткам/);
    expect(callsOf(SUMMARY)[0]?.path).toBe("/api/v1/quality/summary");
    expect(callsOf(RATES).map((call) => call.path)).toContain("/api/v1/quality/rates?by=model_version");
  });
});

describe("groups", () => {
  it("are asked for by the chosen grouping, which stands in the address", async () => {
    const { user, address } = await open();
    await user.click(await screen.findByRole("radio", { name: "Сегмент" }));
    await waitFor(() => expect(callsOf(RATES).some((call) => call.path.includes("by=segment"))).toBe(true));
    expect(address()).toContain("by=segment");
  });

  it("are a table too, with those that have no labels", async () => {
    const groups = [rate("a", some, "Супер-ЗП"), rate(null, none)];
    serve({
      [RATES]: ({ path }: { path: string }) =>
        path.includes("by=segment")
          ? { by: "segment", total: some, groups }
          : { by: "week", total: some, groups: [rate("2026-11-16")] },
    });
    const { user } = await open("?by=segment");
    await user.click(await screen.findByRole("switch", { name: "Таблицами" }));
    const table = await screen.findByRole("table", { name: "Доля успеха с интервалом 95 % по группам" });
    const salary = within(table).getByRole("row", { name: /Супер-ЗП/ });
    expect(salary).toHaveTextContent(/1\s200.*150.*104.*69\s%.*62–76\s%/);
    expect(within(table).getByRole("row", { name: /Сегмент неизвестен/ })).toHaveTextContent("—");
    expect(screen.queryByRole("img", { name: /по группам/ })).not.toBeInTheDocument();
  });

  it("that cannot be loaded leave the rest of the page, and can be asked for again", async () => {
    serve({ [RATES]: problem(503, { detail: "База занята" }) });
    const { user } = await open();
    const [failed] = await screen.findAllByRole("alert");
    expect(failed).toHaveTextContent("База занята");
    expect(await screen.findByText("Скучно, шаблонно")).toBeInTheDocument();
    serve({ [RATES]: { by: "model_version", total: some, groups: [rate("base-2")] } });
    if (failed) await user.click(within(failed).getByRole("button", { name: "Повторить" }));
    expect(
      await screen.findByRole("img", { name: "Доля успеха с интервалом 95 % по группам" }),
    ).toBeInTheDocument();
  });
});

it("a reason leads to its texts in the history, by the same filters", async () => {
  await open("?product=CC&from=2026-11-01&to=2026-11-30");
  const link = await screen.findByRole("link", { name: /Скучно, шаблонно 20/ });
  const [path, search] = link.getAttribute("href")?.split("?") ?? [];
  expect(path).toBe("/history");
  expect(Object.fromEntries(new URLSearchParams(search))).toEqual({
    product: "CC",
    from: "2026-11-01",
    to: "2026-11-30",
    label: "failure",
    reason: "dull",
  });
  expect(screen.getByText("3 неудачи без названной причины.")).toBeInTheDocument();
});

it("the confidence is judged in words", async () => {
  await open();
  expect(await screen.findByText(/расходится с долей успеха на 16 п. п./)).toHaveTextContent(
    /Она завышена: обещает 85\s%, а удачны 69\s%/,
  );
  expect(screen.getByText(/верить рано/)).toHaveTextContent("0,240");
  expect(screen.getByText(/оценка порядка, а не вероятность/)).toHaveTextContent("150 из 150");
});

it("the headline names the champion, not the version that was tried last", async () => {
  await open();
  const fact = (await screen.findByText("Основная версия")).closest("section");
  expect(fact).toHaveTextContent("base-2");
});

it("a version is better or worse only where the interval says so", async () => {
  const versions = [
    version("base-4", { change: { against: "base-3", difference: -0.2, low: -0.33, high: -0.05 } }),
    version("base-3", { change: { against: "base-2", difference: 0.06, low: -0.02, high: 0.14 } }),
    version("base-2", { change: { against: "base-1", difference: 0.2, low: 0.05, high: 0.33 } }),
    version("base-1", { former: "base-0" }),
    version("base-0"),
  ];
  serve({ [SUMMARY]: summary({ versions }) });
  await open();
  const table = await screen.findByRole("table", { name: "Что изменили новые версии" });
  const row = (name: string) => within(table).getByRole("row", { name: new RegExp(`^${name}`) });
  expect(row("base-4")).toHaveTextContent("хуже−20 п. п. (от −33 до −5) к base-3");
  expect(row("base-3")).toHaveTextContent("разница не доказана+6 п. п. (от −2 до +14)");
  expect(row("base-2")).toHaveTextContent("лучше+20 п. п. (от +5 до +33)");
  expect(row("base-1")).toHaveTextContent("меток мало");
  expect(row("base-0")).toHaveTextContent("первая");
});

it("has no serious fault of access", async () => {
  const { container } = await open();
  await screen.findByText("Скучно, шаблонно");
  const found = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  const grave = found.violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  expect(grave.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
});
