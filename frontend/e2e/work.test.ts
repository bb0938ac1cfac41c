import { beforeAll, describe, expect, test } from "vitest";
import { call, violations, withBrowser, write } from "./browser";

const { open } = withBrowser();

interface Label {
  label: string;
  reasons: string[];
}

/** The label that counts, as stored. */
async function labelOf(id: string): Promise<Label | undefined> {
  const offer = await call<{ labels: Label[] }>(`/offers/${id}`, undefined, "admin", "GET");
  return offer.labels[0];
}

describe("writing", () => {
  test("a text is written for one client, shown as the client sees it, and labelled", async () => {
    const page = await open("marketer");
    await page.getByRole("button", { name: "Попробовать на примере" }).click();
    const card = page.getByRole("article").first();
    await card.waitFor();
    expect((await card.textContent())?.length).toBeGreaterThan(80);
    expect(await violations(page)).toEqual([]);
    await card.getByRole("button", { name: "Успех" }).click();
    await page.goto("/history");
    const row = page.getByRole("row").nth(1);
    await row.getByText("Успех").waitFor();
    await page.context().close();
  });

  test("a double click on send writes once", async () => {
    const page = await open("marketer");
    const sent: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/api/v1/offers")) sent.push(request.url());
    });
    await page.getByLabel("Возраст, лет").fill("35");
    await page.getByRole("button", { name: /^Написать/ }).dblclick();
    await page.getByRole("article").first().waitFor();
    expect(sent).toHaveLength(1);
    await page.context().close();
  });

  test("a server that does not answer is said, and nothing typed is lost", async () => {
    const page = await open("marketer");
    await page.getByLabel("Возраст, лет").fill("35");
    await page.context().setOffline(true);
    await page.getByRole("button", { name: /^Написать/ }).click();
    await page.getByRole("alert").first().waitFor();
    await page.context().setOffline(false);
    expect(await page.getByLabel("Возраст, лет").inputValue()).toBe("35");
    await page.getByRole("button", { name: /^Написать/ }).click();
    await page.getByRole("article").first().waitFor();
    await page.context().close();
  });
});

describe("reviewing", () => {
  const COUNT = 60;
  beforeAll(async () => {
    await write(COUNT + 20);
  });

  test(`${COUNT} texts are reviewed without the mouse, and every label is stored`, async () => {
    const page = await open("marketer");
    await page.goto("/review");
    const seen = new Map<string, string>();
    page.on("response", async (response) => {
      const put = /offers\/([^/]+)\/label$/.exec(new URL(response.url()).pathname);
      if (put?.[1] && response.request().method() === "PUT" && response.ok())
        seen.set(put[1], (response.request().postDataJSON() as { label: string }).label);
    });
    await page.getByRole("toolbar", { name: "Решение" }).waitFor();
    for (let i = 0; i < COUNT; i++) {
      const before = await page.getByRole("article", { name: "Текст для оценки" }).textContent();
      if (i % 6 === 5) {
        await page.keyboard.press("2");
        await page.getByText("Что не так?").waitFor();
        await page.keyboard.press("2");
        await page.keyboard.press("Control+Enter");
      } else await page.keyboard.press("1");
      await page.waitForFunction(
        (was) => document.querySelector('[aria-label="Текст для оценки"]')?.textContent !== was,
        before,
      );
    }
    await expect.poll(() => seen.size, { timeout: 10_000 }).toBe(COUNT);
    const failures = [...seen].filter(([, label]) => label === "failure");
    expect(failures).toHaveLength(COUNT / 6);
    for (const [id, label] of [...seen].slice(0, 8)) expect((await labelOf(id))?.label).toBe(label);
    await page.context().close();
  });

  test("two reviewers never get the same text, and the last label can be taken back", async () => {
    const [first, second] = [await open("marketer"), await open("admin")];
    for (const page of [first, second]) {
      await page.goto("/review");
      await page.getByRole("toolbar", { name: "Решение" }).waitFor();
    }
    const texts = await Promise.all(
      [first, second].map((page) => page.getByRole("article", { name: "Текст для оценки" }).textContent()),
    );
    expect(texts[0]).not.toBe(texts[1]);
    expect(await violations(first)).toEqual([]);
    await first.keyboard.press("1");
    await first.keyboard.press("z");
    await expect
      .poll(() => first.getByRole("article", { name: "Текст для оценки" }).textContent())
      .toBe(texts[0]);
    for (const page of [first, second]) await page.context().close();
  });
});

describe("history", () => {
  test("a filter stands in the address and many texts are labelled at once", async () => {
    const ids = await write(24);
    const page = await open("marketer");
    await page.goto("/history?product=CC&label=none");
    const boxes = page.getByRole("checkbox", { name: "Отметить в списке", exact: true });
    await boxes.first().waitFor();
    const count = Math.min(4, await boxes.count());
    for (let i = 0; i < count; i++) await boxes.nth(i).check();
    await page
      .getByRole("region", { name: /^Выбран/ })
      .getByRole("button", { name: "Неудача" })
      .click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Скучно, шаблонно").click();
    await dialog.getByRole("button", { name: "Подтвердить" }).click();
    await page.getByText(/^Отмечен/).waitFor();
    const labels = await Promise.all(ids.map(labelOf));
    expect(labels.filter((one) => one?.label === "failure" && one.reasons.includes("dull"))).toHaveLength(
      count,
    );
    expect(page.url()).toContain("product=CC");
    await page.context().close();
  });

  test("a text opens with everything about it", async () => {
    const page = await open("marketer");
    await page.goto("/history");
    await page
      .getByRole("button", { name: /^Открыть текст/ })
      .first()
      .click();
    await page.getByText("Что сказано модели").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});
