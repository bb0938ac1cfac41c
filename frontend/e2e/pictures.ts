import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, inject, test } from "vitest";
import { call, type Written, withBrowser, writeTexts } from "./browser";

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
  const reason = "Выиграла у base-4 на тех же клиентах";
  await call(`/model-versions/${run.challenger}/promote`, { reason, share: 1 }, "ml_engineer");
}

interface View {
  path: string;
  /** Bring the page into the state that is worth showing. */
  act?: (page: Page) => Promise<void>;
}

const VIEWS: Record<string, View> = {
  "new-text": {
    path: "/new",
    act: async (page) => {
      await page.getByRole("button", { name: "Попробовать на примере" }).click();
      await page.getByRole("article").first().waitFor();
    },
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
  await page.goto(view.path);
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
  await page.context().close();
});

test.each(["new-text", "review", "history", "models", "models-run", "quality"])(
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
      await page.context().close();
    }
  },
);
