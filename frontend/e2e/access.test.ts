import { describe, expect, test } from "vitest";
import { type User, violations, withBrowser } from "./browser";

const { open } = withBrowser();

const REVIEWERS = [
  "Новый текст",
  "Рассылки",
  "Разметка",
  "История",
  "Качество",
  "Модели",
  "Каталог",
  "Правила",
];
const MENU: Record<User, string[]> = {
  marketer: REVIEWERS,
  ml_engineer: REVIEWERS,
  admin: [...REVIEWERS, "Пользователи", "Журнал"],
  service: ["Новый текст", "Рассылки", "История"],
};

describe("signing in", () => {
  test.each(Object.entries(MENU))("as %s shows what the role may do", async (user, pages) => {
    const page = await open(user as User);
    const links = page.getByRole("navigation").getByRole("link");
    await links.first().waitFor();
    expect(await links.allTextContents()).toEqual(pages);
    await page.context().close();
  });

  test("a wrong password is refused without a dialog of the browser, and nothing typed is lost", async () => {
    const page = await open();
    await page.goto("/history");
    await page.waitForURL("**/sign-in**");
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("Имя пользователя").fill("admin");
    await page.getByLabel("Пароль", { exact: true }).fill("not the password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    expect(await page.getByLabel("Имя пользователя").inputValue()).toBe("admin");
    await page.context().close();
  });

  test("a session that ends asks for the password over the page and goes on where it was", async () => {
    const page = await open("marketer");
    await page.getByLabel("Возраст, лет").fill("44");
    const cookies = await page.context().cookies();
    await page.context().clearCookies();
    await page.getByRole("button", { name: "Написать текст" }).click();
    await page.getByRole("dialog", { name: "Сеанс закончился" }).waitFor();
    await page.context().addCookies(cookies);
    expect(await page.getByLabel("Возраст, лет").inputValue()).toBe("44");
    await page.context().close();
  });

  test("an address that a role may not open says so", async () => {
    const page = await open("marketer");
    await page.goto("/users");
    await page.getByRole("alert").waitFor();
    await page.context().close();
  });
});

describe("accounts", () => {
  test("an admin makes a user, who signs in, and closes the door again", async () => {
    const page = await open("admin");
    await page.goto("/users");
    await page.getByRole("button", { name: /^Добавить/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Имя пользователя").fill("olga");
    await dialog.getByRole("button", { name: "Создать пользователя" }).click();
    await dialog.getByText("Пользователь создан").waitFor();
    const password = await dialog.getByLabel("Пароль").inputValue();
    await dialog.getByRole("button", { name: "Готово, пароль передан" }).click();

    const other = await open();
    await other.goto("/");
    await other.getByLabel("Имя пользователя").fill("olga");
    await other.getByLabel("Пароль", { exact: true }).fill(password);
    await other.keyboard.press("Enter");
    await other.waitForURL("**/new");

    await page.getByRole("button", { name: "Открыть: olga" }).click();
    await page.getByRole("button", { name: "Отключить" }).click();
    await page
      .getByRole("dialog", { name: /Отключить olga/ })
      .getByRole("button", { name: "Отключить" })
      .click();
    await page.getByText("Доступ отключён").waitFor();
    await other.goto("/history");
    await other.waitForURL("**/sign-in**");
    await other.context().close();
    await page.context().close();
  });
});
