import { expect, test } from "vitest";
import { violations, withBrowser } from "./browser";

const { open } = withBrowser();

test("unsaved edits of a product are asked about every time, until they are left or saved", async () => {
  const page = await open("admin");
  await page.goto("/catalogue?open=CC");
  const name = page.getByRole("dialog").getByLabel("Название").first();
  await name.fill("Карта рассрочки не бывает");
  const question = page.getByRole("dialog", { name: "Изменения не сохранены" });
  // a key that follows the answer within a tenth of a second belongs to the question still, so it is pressed again
  const leave = () =>
    expect
      .poll(
        async () => {
          if (!(await question.isVisible())) await page.keyboard.press("Escape");
          return question.isVisible();
        },
        { interval: 300 },
      )
      .toBe(true);
  for (let i = 0; i < 2; i++) {
    await leave();
    await question.getByRole("button", { name: "Остаться" }).click();
    await question.waitFor({ state: "hidden" });
    expect(await name.inputValue()).toBe("Карта рассрочки не бывает");
  }
  // the Escape that closes the question does not ask it again
  await leave();
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "hidden" });
  expect(await name.inputValue()).toBe("Карта рассрочки не бывает");
  await leave();
  await question.getByRole("button", { name: "Уйти без сохранения" }).click();
  await name.waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "Кредитная карта" }).waitFor();
  await page.context().close();
});

test.each(["/catalogue?open=CC", "/catalogue?tab=channels", "/rules?open=FIN-NAME", "/rules?tab=try"])(
  "%s has no serious accessibility violation",
  async (path) => {
    const page = await open("admin");
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
    await page.waitForLoadState("networkidle");
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  },
);
