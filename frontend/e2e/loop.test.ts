import type { Locator, Page } from "playwright-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { call, violations, withBrowser, write, writeTexts } from "./browser";

// The feedback loop as an ML engineer goes through it: labels, a run, its decision, a release, the way back.

const { open } = withBrowser();
const TEXTS = 320;
const IN_ONE_CALL = 100;
/** A run takes a minute or two on idle cores; at the lowest priority it takes many where somebody else works too. */
const RUN_MS = 1_200_000;
const PATIENT = { timeout: RUN_MS };

interface Run {
  status: string;
  parent: string;
  challenger: string;
  decision: { verdict: string; wins: number; losses: number; ties: number };
  metrics: { dataset: { gold_clients: number } };
}

/**
 * The reviewer of this test likes texts that tell what one can do or is spared, about two in five: both kinds need
 * their labels among the held-out clients too.
 */
function approves(text: string): boolean {
  return /можно|(^|\s)(без|не)\s/i.test(text);
}

beforeAll(async () => {
  const texts = await writeTexts(TEXTS, ["SMS", "PUSH"]);
  for (const label of ["success", "failure"]) {
    const ids = texts
      .filter(({ text }) => approves(text ?? "") === (label === "success"))
      .map((one) => one.offer_id);
    for (let from = 0; from < ids.length; from += IN_ONE_CALL) {
      await call("/labels", { offer_ids: ids.slice(from, from + IN_ONE_CALL), label }, "marketer");
    }
  }
});

/** One run at a time: whatever a failed test has left behind goes first. */
beforeEach(async () => {
  for (;;) {
    const { items } = await call<{ items: (Run & { run_id: string })[] }>(
      "/retrain-runs?limit=1",
      undefined,
      "ml_engineer",
      "GET",
    );
    const [last] = items;
    if (!last || !["queued", "running"].includes(last.status)) return;
    await call(`/retrain-runs/${last.run_id}/cancel`, undefined, "ml_engineer");
    await new Promise((settle) => setTimeout(settle, 2000));
  }
}, 120_000);

/** Starts a run of the ranking alone on the page; returns its id. */
async function start(page: Page): Promise<string> {
  await page.goto("/models");
  await page.getByText("Меток достаточно, можно начинать").waitFor();
  await page.getByRole("button", { name: "Начать дообучение" }).click();
  const dialog = page.getByRole("dialog", { name: "Начать дообучение" });
  await dialog.getByRole("radio", { name: "Только ранжирование" }).check();
  const asked = page.waitForResponse(
    (answer) => answer.url().endsWith("/retrain-runs") && answer.status() === 202,
  );
  await dialog.getByRole("button", { name: "Начать", exact: true }).click();
  const { run_id } = (await (await asked).json()) as { run_id: string };
  await page.getByRole("heading", { name: "Идёт дообучение" }).waitFor();
  return run_id;
}

function runOf(id: string): Promise<Run> {
  return call<Run>(`/retrain-runs/${id}`, undefined, "ml_engineer", "GET");
}

function stage(page: Page, name: string): Locator {
  return page.getByRole("list", { name: "Этапы" }).getByRole("listitem").filter({ hasText: name });
}

async function progress(page: Page): Promise<number> {
  const bar = page.getByRole("progressbar", { name: "Ход дообучения" });
  return Number(await bar.getAttribute("aria-valuenow"));
}

/** The version that a new text is written by. */
async function writer(): Promise<string> {
  const [id] = await write(1);
  const offer = await call<{ model_version: string }>(`/offers/${id}`, undefined, "admin", "GET");
  return offer.model_version;
}

test("labels become a version: its run is watched, its decision read, what won is released and taken back", {
  timeout: RUN_MS,
  retry: 0,
}, async () => {
  const page = await open("ml_engineer");
  const id = await start(page);

  const log = page.getByRole("region", { name: "Журнал дообучения" });
  await log.getByText(/меток \d+: успех \d+, неудача \d+/).waitFor(PATIENT);
  await stage(page, "Данные")
    .getByText("готово")
    .waitFor({ ...PATIENT, state: "attached" });
  await stage(page, "Дообучение").getByText("не нужно").waitFor();
  await expect.poll(() => stage(page, "Сравнение").getAttribute("aria-current"), PATIENT).toBe("step");
  const before = await progress(page);
  await expect.poll(() => progress(page), PATIENT).toBeGreaterThan(before);
  expect(await violations(page)).toEqual([]);

  await page.getByRole("heading", { name: "Идёт дообучение" }).waitFor({ ...PATIENT, state: "detached" });
  const run = await runOf(id);
  expect(["awaiting_approval", "rejected"]).toContain(run.status);
  await page.goto(`/models?run=${id}`);
  const drawer = page.getByRole("dialog", { name: "Дообучение" });
  const { wins, losses, ties, verdict } = run.decision;
  expect(wins + losses + ties).toBe(run.metrics.dataset.gold_clients);
  await drawer
    .getByText(`По отложенным меткам у новой лучше — ${wins}, хуже — ${losses}, поровну — ${ties}.`)
    .waitFor();
  expect(await drawer.getByRole("table", { name: "По показателям" }).getByRole("row").count()).toBe(10);
  const pair = drawer.getByRole("article", { name: "Пара текстов 1", exact: true });
  expect(await pair.textContent()).toMatch(/^.*Основная.{40,}Новая.{40,}$/s);
  expect(await violations(page)).toEqual([]);

  if (run.status === "awaiting_approval") {
    await release(page, drawer, run);
    await takeBack(page, run);
  } else {
    const said = {
      tie: "Заметной разницы нет, остаётся основная",
      veto: "Новая версия хуже, остаётся основная",
    };
    await drawer.getByText(said[verdict as keyof typeof said]).waitFor();
    const decided = drawer.getByRole("region", { name: "Решение проверки" });
    await decided.getByText(/^Остаётся прежняя версия: .{20,}/).waitFor();
    expect(await drawer.getByRole("button", { name: /^Выпустить/ }).count()).toBe(0);
    expect(await writer()).toBe(run.parent);
  }
  await page.context().close();
});

async function release(page: Page, drawer: Locator, { challenger }: Run): Promise<void> {
  await drawer.getByRole("button", { name: "Выпустить для всех" }).click();
  const question = page.getByRole("dialog", { name: `${challenger} для всех?` });
  await question.getByLabel(/^Почему/).fill("победила");
  await question.getByRole("button", { name: "Выпустить для всех" }).click();
  await page.getByText(`${challenger} включена`).waitFor();
  await page.goto("/models?tab=promotions");
  await serves(page, challenger);
  await page.getByText("победила").waitFor();
}

async function takeBack(page: Page, { parent }: Run): Promise<void> {
  await page.getByRole("button", { name: "Откатить" }).click();
  const question = page.getByRole("dialog", { name: `Вернуться к ${parent}?` });
  await question.getByRole("button", { name: "Откатить" }).click();
  await page.getByText(`Тексты снова пишет ${parent}`).waitFor();
  await serves(page, parent);
}

/** The page names the version as the one with all calls, and it writes what is asked for now. */
async function serves(page: Page, version: string): Promise<void> {
  const card = page.locator("section").filter({ has: page.getByRole("heading", { name: "Пишет тексты" }) });
  await card.getByRole("link", { name: version, exact: true }).waitFor();
  await card.getByText("100 % вызовов").waitFor();
  await expect.poll(writer, { timeout: 30_000 }).toBe(version);
}

test("a run that works is cancelled, and what serves goes on", { timeout: RUN_MS, retry: 0 }, async () => {
  const page = await open("ml_engineer");
  const before = await writer();
  const id = await start(page);
  await stage(page, "Данные")
    .getByText("готово")
    .waitFor({ ...PATIENT, state: "attached" });
  await page.getByRole("button", { name: "Отменить" }).click();
  await page
    .getByRole("dialog", { name: "Отменить дообучение?" })
    .getByRole("button", { name: "Отменить дообучение" })
    .click();
  await page.getByRole("heading", { name: "Последнее дообучение" }).waitFor(PATIENT);
  await page.getByText("Отменено человеком.").waitFor();
  expect((await runOf(id)).status).toBe("cancelled");
  expect(await writer()).toBe(before);
  await page.context().close();
});
