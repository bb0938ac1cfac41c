import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/render";
import { callsOf, problem, serve } from "@/testing/server";
import { placeInside, SignIn } from "./sign-in";

const SESSION = "POST /api/v1/session";

async function fill(name: string, password: string) {
  const page = await renderPage(<SignIn />, { at: "/sign-in?back=%2Fhistory%3Flabel%3Dnone", role: null });
  await page.user.type(screen.getByLabelText("Имя пользователя"), name);
  await page.user.type(screen.getByLabelText("Пароль"), password);
  return page;
}

test("signing in leads back to where one was, filters included", async () => {
  serve({ [SESSION]: { user: { username: "olga" }, csrf_token: "x", expires_at: "" } });
  const page = await fill(" Olga ", "correct horse battery");
  await page.user.click(screen.getByRole("button", { name: "Войти" }));
  await waitFor(() => expect(page.address()).toBe("/history?label=none"));
  expect(callsOf(SESSION).map((call) => call.body)).toEqual([
    { username: "olga", password: "correct horse battery" },
  ]);
  expect(page.client.getQueryData(["me"])).toEqual({ username: "olga" });
});

test("a wrong password is said, and both fields keep what was typed", async () => {
  serve({ [SESSION]: problem(401, { detail: "Имя или пароль неверны" }) });
  const page = await fill("olga", "wrong");
  await page.user.keyboard("{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Имя или пароль неверны");
  expect(screen.getByLabelText("Имя пользователя")).toHaveValue("olga");
  expect(screen.getByLabelText("Пароль")).toHaveValue("wrong");
});

test("after many wrong passwords the button counts down and then works again", async () => {
  serve({ [SESSION]: problem(429, {}, { "Retry-After": "2" }) });
  const page = await fill("olga", "wrong");
  await page.user.click(screen.getByRole("button", { name: "Войти" }));
  const waiting = await screen.findByRole("button", { name: /^Войти через 2 с$/ });
  expect(waiting).toBeDisabled();
  await page.user.type(screen.getByLabelText("Пароль"), "{Enter}");
  expect(callsOf(SESSION)).toHaveLength(1);
  expect(await screen.findByRole("button", { name: /через 1 с/ }, { timeout: 2000 })).toBeDisabled();
  expect(await screen.findByRole("button", { name: "Войти" }, { timeout: 2000 })).toBeEnabled();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("empty fields are named and nothing is sent", async () => {
  const page = await renderPage(<SignIn />, { at: "/sign-in", role: null });
  await page.user.click(screen.getByRole("button", { name: "Войти" }));
  expect(screen.getByText("Введите имя пользователя")).toBeVisible();
  expect(screen.getByText("Введите пароль")).toBeVisible();
  expect(callsOf(SESSION)).toEqual([]);
});

test("a name typed on the Russian layout is noticed before it is sent", async () => {
  await fill("щдпф", "x");
  expect(screen.getByText(/проверьте раскладку/)).toBeVisible();
});

test.each([
  ["/history?label=none#x", "/history?label=none#x"],
  ["//evil.example/x", "/new"],
  ["/\\evil.example", "/new"],
  ["https://evil.example", "/new"],
  ["/sign-in?back=/x", "/new"],
  ["javascript:alert(1)", "/new"],
  [undefined, "/new"],
])("the way back from %s is %s", (back, place) => {
  expect(placeInside(back)).toBe(place);
});
