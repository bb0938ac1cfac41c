import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { violations, withBrowser } from "./browser";

const { open } = withBrowser();

const PAGES = [
  "/new",
  "/batches",
  "/batches?new=1",
  "/review",
  "/history",
  "/quality",
  "/models",
  "/catalogue",
  "/rules",
  "/users",
  "/audit",
  "/account",
];
const WIDTHS = [1280, 390];

describe("every page", () => {
  test.each(["light", "dark"] as const)("has no serious accessibility violation, %s", async (colorScheme) => {
    const page = await open("admin", { colorScheme });
    const found: Record<string, string[]> = {};
    for (const path of PAGES) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      const here = await violations(page);
      if (here.length) found[path] = here;
    }
    expect(found).toEqual({});
    await page.context().close();
  });

  test.each(WIDTHS)("fits into %i pixels", async (width) => {
    const page = await open("admin", { viewport: { width, height: 844 } });
    const wide: string[] = [];
    for (const path of PAGES) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (over > 0) wide.push(`${path}: ${over} px too wide`);
    }
    expect(wide).toEqual([]);
    await page.context().close();
  });

  test("speaks English by a switch and remembers it", async () => {
    const page = await open("marketer");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("heading", { name: "New text" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "New text" }).waitFor();
    await page.context().close();
  });

  test("an unknown address leads back", async () => {
    const page = await open("marketer");
    await page.goto("/nowhere");
    await page.getByRole("link").first().waitFor();
    await page.context().close();
  });
});

describe("the first load", () => {
  test("takes at most 300 kB of compressed script", async () => {
    const page = await open();
    const scripts: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (response.url().endsWith(".js")) scripts.push(response.body());
    });
    await page.goto("/");
    await page.getByLabel("Пароль", { exact: true }).waitFor();
    await page.waitForLoadState("networkidle");
    const sizes = (await Promise.all(scripts)).map((script) => gzipSync(script).length);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(300_000);
    await page.context().close();
  });
});
