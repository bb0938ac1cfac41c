import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { RUN, readiness, run, runInFull, versions } from "@/features/learning/fixtures";
import { ModelsPage } from "@/features/learning/page";
import type { RunInFull } from "@/features/learning/queries";
import { renderPage } from "@/testing/render";
import { callsOf, serve } from "@/testing/server";
import { Stream, withStreams } from "@/testing/stream";

const ONE = `GET /api/v1/retrain-runs/${RUN}`;
const RUNS = "GET /api/v1/retrain-runs";
const CANCEL = `POST /api/v1/retrain-runs/${RUN}/cancel`;

withStreams();

let now: RunInFull;

beforeEach(() => {
  now = runInFull();
  serve({
    [ONE]: () => now,
    [RUNS]: () => ({ items: [run({ status: now.status })], next_cursor: null, total: 1 }),
    "GET /api/v1/model-versions": versions(),
    "GET /api/v1/retrain-runs/readiness": readiness({ ready: false, going: RUN }),
    "GET /api/v1/quality/rates": { by: "model_version", total: {}, groups: [] },
  });
});

/** The stages that are over; the run itself may not have reported the next one yet. */
function finished(...names: RunInFull["stages"][number]["name"][]): RunInFull["stages"] {
  return names.map((name) => ({ name, finished_at: "2026-11-20T09:05:00Z", seconds: 9, result: {} }));
}

const open = () => renderPage(<ModelsPage />, { at: "/models", role: "ml_engineer" });

function step(name: string): HTMLElement {
  const found = within(screen.getByRole("list", { name: "Этапы" }))
    .getAllByRole("listitem")
    .find((one) => one.textContent?.startsWith(name));
  if (!found) throw new Error(name);
  return found;
}

it("shows its stages, its progress and its log, and follows the stream", async () => {
  await open();
  await screen.findByRole("list", { name: "Этапы" });
  expect(step("Данные")).toHaveTextContent("4 с");
  expect(step("Дообучение")).toHaveAttribute("aria-current", "step");
  expect(step("Сборка файла")).toHaveTextContent("ждёт");
  expect(screen.getByRole("progressbar", { name: "Ход дообучения" })).toHaveAttribute("aria-valuenow", "40");
  expect(
    within(screen.getByRole("region", { name: "Журнал дообучения" })).getAllByRole("listitem"),
  ).toHaveLength(3);

  expect(Stream.opened.map((one) => one.address)).toEqual([`/api/v1/retrain-runs/${RUN}/events`]);
  Stream.opened[0]?.tell(
    runInFull({ progress: 0.7, stage: "export", stages: finished("freeze", "score", "tune", "export") }),
  );
  expect(screen.getByText(/Сравнение: 70\s% всего пути/)).toBeInTheDocument();
  expect(step("Сравнение")).toHaveAttribute("aria-current", "step");
  expect(screen.getAllByRole("status").map((one) => one.textContent)).toContainEqual(
    expect.stringMatching(/Сравнение: 50\s%/),
  );
});

it("a run that ends closes its stream and leaves its reason", async () => {
  await open();
  await screen.findByRole("list", { name: "Этапы" });
  now = runInFull({ status: "failed", error: "Не хватило памяти", finished_at: "2026-11-20T09:02:00Z" });
  Stream.opened[0]?.tell(now);
  await screen.findByRole("heading", { name: "Последнее дообучение" });
  expect(Stream.opened[0]?.readyState).toBe(Stream.CLOSED);
  expect(Stream.opened).toHaveLength(1);
});

it("is asked for again and again where no stream comes through", async () => {
  await open();
  await screen.findByRole("list", { name: "Этапы" });
  Stream.opened[0]?.refuse();
  const before = callsOf(ONE).length;
  now = runInFull({ progress: 0.55 });
  expect(
    await screen.findByText(/Дообучение: 55\s% всего пути/, {}, { timeout: 10_000 }),
  ).toBeInTheDocument();
  expect(callsOf(ONE).length).toBeGreaterThan(before);
});

it("is cancelled after a question", async () => {
  serve({ [CANCEL]: () => (now = runInFull({ cancel_requested: true })) });
  const { user } = await open();
  await user.click(await screen.findByRole("button", { name: "Отменить" }));
  const dialog = await screen.findByRole("dialog", { name: "Отменить дообучение?" });
  expect(callsOf(CANCEL)).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Отменить дообучение" }));
  await waitFor(() => expect(callsOf(CANCEL)).toHaveLength(1));
  expect(await screen.findByRole("button", { name: "Отменяется…" })).toBeDisabled();
});

it("stages that a ranking alone does not need are said to be", async () => {
  now = runInFull({ options: { learners: ["score"] } });
  await open();
  await screen.findByRole("list", { name: "Этапы" });
  expect(step("Дообучение")).toHaveTextContent("не нужно");
  expect(step("Сборка файла")).toHaveTextContent("не нужно");
});
