import { beforeAll, describe, expect, test } from "vitest";
import { call, type User, violations, withBrowser, write } from "./browser";

const { open } = withBrowser();
const ENGINEERS: User[] = ["admin", "ml_engineer"];

interface Versions {
  serving: { champion: string };
}

let champion: string;

beforeAll(async () => {
  const [id] = await write(1);
  await call(`/offers/${id}/label`, { label: "success" }, "marketer", "PUT");
  champion = (await call<Versions>("/model-versions", undefined, "marketer", "GET")).serving.champion;
});

describe("models", () => {
  test.each(["marketer", ...ENGINEERS] as const)(
    "a %s sees what serves and does what the role may do",
    async (user) => {
      const page = await open(user);
      await page.getByRole("navigation").getByRole("link", { name: "Модели" }).click();
      await page.getByRole("link", { name: champion }).first().waitFor();
      await page.getByText("100 % вызовов").waitFor();
      await page.getByText(/^Пока мало: /).waitFor();
      const start = page.getByRole("button", { name: "Начать дообучение" });
      expect(await start.count()).toBe(ENGINEERS.includes(user) ? 1 : 0);
      await page.context().close();
    },
  );

  test("an external system is refused", async () => {
    const page = await open("service");
    await page.goto("/models");
    await page.getByRole("alert").first().waitFor();
    await page.context().close();
  });

  test("starting with too few labels says what is missing, by keyboard alone", async () => {
    const page = await open("ml_engineer");
    await page.goto("/models");
    await page.getByRole("button", { name: "Начать дообучение" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Начать дообучение" });
    await dialog.getByLabel(/^Заметка/).fill("проба");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const refusal = dialog.getByRole("alert");
    await refusal.waitFor();
    expect(await refusal.textContent()).toMatch(
      /Меток для дообучения мало.*«неудача» \d+, нужно не меньше 30/,
    );
    expect(await dialog.getByLabel(/^Заметка/).inputValue()).toBe("проба");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("a version opens with its lineage and leads to its texts", async () => {
    const page = await open("marketer");
    await page.goto(`/models?version=${champion}`);
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("list", { name: "Происхождение" }).waitFor();
    await drawer.getByRole("link", { name: "Тексты в истории" }).click();
    await page.waitForURL(`**/history?model_version=${champion}*`);
    await page
      .getByRole("button", { name: /^Открыть текст/ })
      .first()
      .waitFor();
    await page.context().close();
  });

  test.each(["light", "dark"] as const)(
    "has no serious accessibility violation in its lists, %s",
    async (colorScheme) => {
      const page = await open("admin", { colorScheme });
      const paths = ["?tab=runs", "?tab=promotions", `?version=${champion}`].map(
        (search) => `/models${search}`,
      );
      for (const path of paths) {
        await page.goto(path);
        await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
        await page.waitForLoadState("networkidle");
        expect(await violations(page), path).toEqual([]);
      }
      await page.context().close();
    },
  );
});
