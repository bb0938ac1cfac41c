import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, inject, test } from "vitest";
import { call, clientTable, type Written, withBrowser, writeTexts } from "./browser";

// Pictures of every page for the README and the guides: `make pictures`.

const ROOT = resolve(import.meta.dirname, "../..");
const OUT = join(ROOT, "docs/pictures");
const RUN_MS = 900_000;
const { open } = withBrowser();
const REASONS = ["dull", "wrong_fact", "tone", "senseless", "pushy"];

/** Two versions with eight weeks of labelled texts, the later one bred from the labels of the earlier. */
beforeAll(async () => {
  mkdirSync(OUT, { recursive: true });
  await label(await writeTexts(320));
  await breed();
  await label((await writeTexts(160)).slice(0, 110));
  await sendBatches();
  const environment = join(inject("stack").folder, "run.env");
  const spread = 'set -a; . "$0"; exec "$1" "$2"';
  execFileSync("sh", [
    "-c",
    spread,
    environment,
    join(ROOT, ".venv/bin/python"),
    join(import.meta.dirname, "weeks.py"),
  ]);
}, RUN_MS);

/** Labels as a reviewer gives them who likes confidence and what one can do, and errs now and then. */
async function label(texts: Written[]): Promise<void> {
  for (const [i, { offer_id, text }] of texts.entries()) {
    const likes = /можно|спокой|уверен|надёжн|удобн/i.test(text ?? "");
    const said =
      likes !== (i % 9 === 4) ? { label: "success" } : { label: "failure", reasons: [REASONS[i % 5]] };
    await call(`/offers/${offer_id}/label`, said, "marketer", "PUT");
  }
}

/** A run of the ranking; what it made is put to work when it has won. */
async function breed(): Promise<void> {
  const asked = { note: "после осенней разметки", learners: ["score"] };
  const { run_id } = await call<{ run_id: string }>("/retrain-runs", asked, "ml_engineer");
  const status = { going: ["queued", "running"], won: "awaiting_approval" };
  let run = { status: "queued", challenger: "" };
  while (status.going.includes(run.status)) {
    await new Promise((settle) => setTimeout(settle, 1000));
    run = await call(`/retrain-runs/${run_id}`, undefined, "ml_engineer", "GET");
  }
  if (run.status !== status.won) throw new Error(`The run ended as ${run.status}`);
  const reason = "Выиграла у base-7 на тех же клиентах";
  await call(`/model-versions/${run.challenger}/promote`, { reason, share: 1 }, "ml_engineer");
}

interface Batch {
  batch_id: string;
  status: string;
  done: number;
}

const CARD = { product: "CC", channel: "SMS" };
const LETTER = { product: "DEPOSIT", channel: "EMAIL", campaign: "deposit-11-2026" };
let faulty: string;
let whole: string;

async function sendBatch(name: string, table: string, options: Record<string, string>): Promise<string> {
  const form = new FormData();
  for (const [field, value] of Object.entries(options)) form.append(field, value);
  form.append("file", new Blob([table]), name);
  return (await call<Batch>("/batches", form, "marketer")).batch_id;
}

/** The batch as soon as it is so. */
async function batchOnce(id: string, so: (batch: Batch) => boolean): Promise<Batch> {
  for (;;) {
    const batch = await call<Batch>(`/batches/${id}`, undefined, "marketer", "GET");
    if (so(batch)) return batch;
    await new Promise((settle) => setTimeout(settle, 500));
  }
}

/** Batches of every kind: one with wrong rows, one that was refused, one done, and the whole base, stopped for now. */
async function sendBatches(): Promise<void> {
  const over = ({ status }: Batch) => !["queued", "running"].includes(status);
  const table = clientTable(152, 2000).replace(/;24;/g, ";около 24;");
  faulty = await sendBatch("зарплатные-клиенты.csv", table, { ...CARD, campaign: "salary-11-2026" });
  await batchOnce(faulty, over);
  await batchOnce(await sendBatch("выгрузка-не-та.csv", "имя;город\nАнна;Тверь\n", CARD), over);
  await batchOnce(await sendBatch("вкладчики-ноябрь.csv", clientTable(64, 4000), LETTER), over);
  const push = { product: "auto", channel: "PUSH", campaign: "autumn-2026" };
  whole = await sendBatch("вся-база-регион-77.csv", clientTable(12_000, 10_000), push);
  await batchOnce(whole, ({ done }) => done > 600);
  await rest();
}

/** The whole base goes on while it is shown. */
async function goOn(page: Page): Promise<void> {
  const { done } = await call<Batch>(`/batches/${whole}/resume`, undefined, "marketer");
  await batchOnce(whole, (batch) => batch.done > done);
  await page.reload(); // a list at rest is not asked for often
  await page
    .getByText(/осталось/)
    .first()
    .waitFor();
}

async function rest(): Promise<void> {
  await call(`/batches/${whole}/cancel`, undefined, "marketer");
}

interface View {
  path: string | (() => string);
  /** Bring the page into the state that is worth showing. */
  act?: (page: Page) => Promise<void>;
  /** And out of it. */
  end?: () => Promise<void>;
}

const VIEWS: Record<string, View> = {
  "new-text": {
    path: "/new",
    act: async (page) => {
      await page.getByRole("button", { name: "Попробовать на примере" }).click();
      await page.getByRole("article").first().waitFor();
    },
  },
  batches: { path: "/batches", act: goOn, end: rest },
  batch: {
    path: () => `/batches?open=${faulty}`,
    act: (page) => page.getByText("около 24").first().waitFor(),
  },
  review: { path: "/review", act: (page) => page.getByRole("toolbar", { name: "Решение" }).waitFor() },
  history: {
    path: "/history",
    act: async (page) => {
      await page
        .getByRole("button", { name: /^Открыть текст/ })
        .nth(2)
        .click();
      await page.getByText("Что сказано модели").waitFor();
    },
  },
  quality: { path: "/quality" },
  models: { path: "/models" },
  "models-run": {
    path: "/models",
    act: async (page) => {
      await page.getByRole("link", { name: "Подробнее" }).click();
      await page.getByRole("table", { name: "По показателям" }).waitFor();
    },
  },
  catalogue: { path: "/catalogue" },
  rules: { path: "/rules" },
  users: { path: "/users" },
  audit: { path: "/audit" },
};

async function show(page: Page, view: View): Promise<void> {
  await page.goto(typeof view.path === "string" ? view.path : view.path());
  await page.getByRole("heading", { level: 1 }).waitFor();
  await view.act?.(page);
  await page.waitForLoadState("networkidle");
  // charts draw themselves once their code has come
  await page.waitForTimeout(600);
}

test.each(Object.entries(VIEWS))("%s", async (name, view) => {
  const page = await open("admin");
  await show(page, view);
  await page.screenshot({ path: join(OUT, `${name}.png`) });
  await view.end?.();
  await page.context().close();
});

test.each(["new-text", "batches", "review", "history", "models", "models-run", "quality"])(
  "%s in the dark and on a phone",
  async (name) => {
    const view = VIEWS[name] as View;
    for (const [kind, options] of Object.entries({
      dark: { colorScheme: "dark" as const },
      phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
    })) {
      const page = await open("admin", options);
      await show(page, view);
      await page.screenshot({ path: join(OUT, `${name}-${kind}.png`) });
      await view.end?.();
      await page.context().close();
    }
  },
);
