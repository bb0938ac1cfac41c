import { readFile } from "node:fs/promises";
import type { Download, Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { splitRows } from "../src/ui/csv";
import { call, clientTable, violations, withBrowser } from "./browser";

const { open } = withBrowser();
const GOOD = 38;
const PATIENT = { timeout: 90_000 };

interface Batches {
  items: { batch_id: string; status: string; source: { file?: string }; done: number }[];
}

/** 38 clients who can be written to, one whose age is a word and one who comes twice. */
function tableWithFaults(): string {
  const lines = clientTable(GOOD).trimEnd().split("\n");
  const [first = "", second = ""] = lines.slice(1);
  const wrongAge = second.split(";").map((cell, at) => (at === 0 ? "777" : at === 2 ? "сорок" : cell));
  return [...lines, wrongAge.join(";"), first].join("\n");
}

/** Open the form, choose a file and begin. */
async function begin(page: Page, name: string, content: string, campaign?: string): Promise<void> {
  await page.goto("/batches");
  await page.getByRole("link", { name: "Новая рассылка" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Новая рассылка" });
  await dialog
    .getByLabel("Выбрать файл")
    .and(page.locator("input"))
    .setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
  await dialog.getByText(name).waitFor();
  if (campaign) await dialog.getByLabel("Кампания").fill(campaign);
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Начать рассылку" }).dblclick();
  await drawerOf(page).getByRole("heading", { name }).waitFor();
}

function drawerOf(page: Page): Locator {
  return page.getByRole("dialog", { name: "Рассылка", exact: true });
}

async function saved(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const coming = page.waitForEvent("download");
  await click();
  const download: Download = await coming;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

async function batchesOf(file: string): Promise<Batches["items"]> {
  const { items } = await call<Batches>("/batches?limit=200", undefined, "admin", "GET");
  return items.filter((batch) => batch.source.file === file);
}

describe("batches", () => {
  test("a file becomes texts: watched to its end, fetched, its wrong rows reported", async () => {
    const page = await open("marketer");
    await begin(page, "осень.csv", tableWithFaults(), "autumn-2026");
    const drawer = drawerOf(page);
    await drawer.getByRole("button", { name: "Скачать тексты" }).waitFor(PATIENT);
    expect(await batchesOf("осень.csv")).toHaveLength(1); // of a double click
    expect(await violations(page)).toEqual([]);

    const report = drawer.getByRole("region", { name: "Что не так в строках" });
    await report.getByRole("row", { name: /^40 age .*сорок/ }).waitFor();
    await report.getByRole("row", { name: /^41 client_id .*уже есть в строке 2/ }).waitFor();
    const problems = await saved(page, () => drawer.getByRole("link", { name: "Скачать отчёт" }).click());
    expect(problems.name).toMatch(/^problems-.*\.csv$/);
    expect(problems.text.trimEnd().split("\r\n")).toHaveLength(3);

    const results = (format: string) =>
      saved(page, async () => {
        await drawer.getByRole("button", { name: "Скачать тексты" }).click();
        await page.getByRole("menuitem", { name: `Скачать в ${format}` }).click();
      });
    const table = splitRows((await results("CSV")).text, ";");
    expect(table).toHaveLength(1 + GOOD);
    expect(table[1]?.cells.join()).toContain("utm_campaign=autumn-2026");
    const lines = (await results("NDJSON")).text.trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { row: number }).row)).toEqual(
      Array.from({ length: GOOD }, (_, i) => i + 2),
    );
    expect((await results("XLSX")).text.slice(0, 2)).toBe("PK");

    await drawer.getByRole("link", { name: "Тексты в истории" }).click();
    await page.waitForURL("**/history?batch_id=*");
    await page.getByText(`${GOOD} текстов`).waitFor();
    await page.context().close();
  });

  test("one that goes is watched by its stream, stopped after a question, and what is written stays", async () => {
    const page = await open("marketer");
    const streams: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/events")) streams.push(request.url());
    });
    await begin(page, "вся-база.csv", clientTable(6000, 5000));
    const drawer = drawerOf(page);
    const bar = drawer.getByRole("progressbar", { name: "Ход рассылки вся-база.csv" });
    await bar.waitFor(PATIENT);
    await drawer.getByText(/^[1-9]\d* из 6\s000 клиентов/).waitFor(PATIENT);
    expect(streams).toHaveLength(1);
    expect(await violations(page)).toEqual([]);
    await drawer.getByRole("button", { name: "Остановить" }).click();
    const question = page.getByRole("dialog", { name: "Остановить рассылку?" });
    await question.getByRole("button", { name: "Остановить рассылку" }).click();
    await drawer.getByRole("button", { name: "Продолжить" }).waitFor();
    const [batch] = await batchesOf("вся-база.csv");
    expect(batch?.status).toBe("cancelled");
    expect(batch?.done).toBeGreaterThan(0);
    await page.keyboard.press("Escape");
    const row = page.getByRole("row").filter({ hasText: "вся-база.csv" });
    await row.getByText("Остановлена").waitFor();
    await page.context().close();
  });

  test("a table without known columns is refused with what to do, and the form comes back filled in", async () => {
    const page = await open("admin");
    await begin(page, "не-та.csv", "имя;город\nАнна;Тверь\n", "зима");
    const alert = drawerOf(page).getByRole("alert");
    await alert.getByText("В таблице нет знакомых столбцов").waitFor(PATIENT);
    await alert.getByRole("link", { name: "Загрузить исправленный файл" }).click();
    const dialog = page.getByRole("dialog", { name: "Новая рассылка" });
    await dialog.getByLabel("Кампания").waitFor();
    expect(await dialog.getByLabel("Кампания").inputValue()).toBe("зима");
    await page.context().close();
  });

  test("a table of a schema that is not open is refused beside its field, by keyboard alone", async () => {
    const page = await open("marketer");
    await page.goto("/batches?new=1");
    const dialog = page.getByRole("dialog", { name: "Новая рассылка" });
    await dialog.getByRole("radio", { name: "Файл" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Tab");
    await page.keyboard.type("public.offers");
    await page.keyboard.press("Enter");
    await dialog.getByText("администратор называет их схемы в настройке BATCH_SCHEMAS").waitFor();
    expect(await dialog.getByLabel("Таблица", { exact: true }).inputValue()).toBe("public.offers");
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  test.each(["light", "dark"] as const)("has no serious accessibility violation, %s", async (colorScheme) => {
    const [batch] = await batchesOf("осень.csv");
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      const page = await open("admin", { colorScheme, viewport });
      for (const path of ["/batches", "/batches?new=1", `/batches?open=${batch?.batch_id}`]) {
        await page.goto(path);
        await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
        await page.waitForLoadState("networkidle");
        expect(await violations(page), path).toEqual([]);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(over, path).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    }
  });

  test("an ML engineer reads what others have sent and begins nothing", async () => {
    const page = await open("ml_engineer");
    await page.getByRole("navigation").getByRole("link", { name: "Рассылки" }).click();
    await page.getByRole("link", { name: "осень.csv" }).click();
    await drawerOf(page).getByRole("button", { name: "Скачать тексты" }).waitFor();
    expect(await page.getByRole("link", { name: "Новая рассылка", includeHidden: true }).count()).toBe(0);
    await page.context().close();
  });
});
