import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, test } from "vitest";
import { call, withBrowser, write } from "./browser";

// Pictures of every page for the README and the guides: `make pictures`.

const OUT = resolve(import.meta.dirname, "../../docs/pictures");
const { open } = withBrowser();
const REASONS = ["dull", "wrong_fact", "tone", "senseless", "pushy"];

beforeAll(async () => {
  mkdirSync(OUT, { recursive: true });
  const ids = await write(240);
  for (const [i, id] of ids.slice(0, 150).entries()) {
    const good = i % 7 > 1;
    const label = good ? { label: "success" } : { label: "failure", reasons: [REASONS[i % REASONS.length]] };
    await call(`/offers/${id}/label`, label, "marketer", "PUT");
  }
});

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

test.each(["new-text", "review", "history"])("%s in the dark and on a phone", async (name) => {
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
});
