import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/render";
import { callsOf, problem, serve } from "@/testing/server";
import { AccountPage } from "./account";

const CHANGE = "POST /api/v1/me/password";

async function fill(old: string, fresh: string, repeat: string) {
  const page = await renderPage(<AccountPage />, { at: "/account" });
  await page.user.type(screen.getByLabelText("Текущий пароль"), old);
  await page.user.type(screen.getByLabelText("Новый пароль"), fresh);
  await page.user.type(screen.getByLabelText("Новый пароль ещё раз"), repeat);
  await page.user.click(screen.getByRole("button", { name: "Сменить пароль" }));
  return page;
}

test("a changed password is confirmed, and nothing of it stays in the form", async () => {
  serve({ [CHANGE]: undefined });
  await fill("old password", "brand new password", "brand new password");
  expect(await screen.findByText("Пароль изменён")).toBeVisible();
  expect(callsOf(CHANGE).map((call) => call.body)).toEqual([
    { old_password: "old password", new_password: "brand new password" },
  ]);
  for (const label of ["Текущий пароль", "Новый пароль", "Новый пароль ещё раз"])
    expect(screen.getByLabelText(label)).toHaveValue("");
});

test("a wrong current password is said at its field, and what was typed stays", async () => {
  const errors = [{ pointer: "/old_password", detail: "Текущий пароль указан неверно" }];
  serve({ [CHANGE]: problem(422, { detail: "Пароль не изменён", errors }) });
  await fill("wrong", "brand new password", "brand new password");
  const old = screen.getByLabelText("Текущий пароль");
  await waitFor(() => expect(old).toHaveAccessibleDescription("Текущий пароль указан неверно"));
  expect(screen.getByLabelText("Новый пароль")).toHaveValue("brand new password");
});

test.each([
  ["short", "short", "Не короче 12 знаков"],
  ["brand new password", "brand new passwort", "Пароли не совпадают"],
  ["the old password", "the old password", "Придумайте другой пароль: этот действует сейчас"],
])("%s / %s is refused before it is sent", async (fresh, repeat, message) => {
  await fill("the old password", fresh, repeat);
  expect(screen.getByText(message)).toBeVisible();
  expect(callsOf(CHANGE)).toEqual([]);
});
