import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { renderPage } from "@/testing/render";
import { type Call, callsOf, problem, serve } from "@/testing/server";
import { UsersPage } from "./page";
import type { UserRow } from "./queries";

const ME = "00000000-0000-7000-8000-000000000001";
const OLGA = "00000000-0000-7000-8000-000000000002";
const LIST = "GET /api/v1/users";
const CREATE = "POST /api/v1/users";
const CHANGE = `PATCH /api/v1/users/${OLGA}`;
const RESET = `POST /api/v1/users/${OLGA}/password`;
let users: UserRow[];

function row(id: string, username: string, full_name: string, more: Partial<UserRow> = {}): UserRow {
  const at = "2026-03-01T09:00:00Z";
  return {
    id,
    username,
    full_name,
    role: "marketer",
    disabled: false,
    created_at: at,
    updated_at: at,
    last_seen_at: null,
    ...more,
  };
}

function bodies(name: string): unknown[] {
  return callsOf(name).map((call) => call.body);
}

beforeEach(() => {
  users = [row(ME, "admin", "Анна Петрова", { role: "admin" }), row(OLGA, "olga", "Ольга Ким")];
  serve({
    [LIST]: () => ({ items: users, next_cursor: null, total: users.length }),
    [`GET /api/v1/users/${ME}`]: () => users[0],
    [`GET /api/v1/users/${OLGA}`]: () => users[1],
    [CHANGE]: ({ body }: Call) => {
      users = users.map((user) => (user.id === OLGA ? { ...user, ...(body as Partial<UserRow>) } : user));
      return users[1];
    },
  });
});

function lastQuery(): URLSearchParams {
  return new URLSearchParams(callsOf(LIST).at(-1)?.path.split("?")[1]);
}

test("the filters stand in the address and go to the API", async () => {
  const page = await renderPage(<UsersPage />, { at: "/users?role=marketer&state=disabled", role: "admin" });
  await screen.findByText("Ольга Ким");
  await page.user.type(screen.getByRole("textbox", { name: "Имя или логин" }), "ким");
  await waitFor(() => expect(page.address()).toContain(`q=${encodeURIComponent("ким")}`));
  await waitFor(() => expect(lastQuery().get("q")).toBe("ким"));
  expect(lastQuery().get("role")).toBe("marketer");
  expect(lastQuery().get("disabled")).toBe("true");
});

test("a new user's password is the one that was sent, is shown once and is gone afterwards", async () => {
  serve({ [CREATE]: ({ body }: Call) => ({ ...row("x", "", ""), ...(body as object) }) });
  const page = await renderPage(<UsersPage />, { at: "/users?create=1", role: "admin" });
  const dialog = within(await screen.findByRole("dialog"));
  await page.user.type(dialog.getByLabelText("Имя пользователя"), "Boris");
  await page.user.click(dialog.getByRole("button", { name: "Создать пользователя" }));
  expect(dialog.getByText(/Строчные латинские буквы/)).toBeVisible();
  expect(bodies(CREATE)).toEqual([]);
  await page.user.clear(dialog.getByLabelText("Имя пользователя"));
  await page.user.type(dialog.getByLabelText("Имя пользователя"), "boris");
  await page.user.dblClick(dialog.getByRole("button", { name: "Создать пользователя" }));
  const password = await dialog.findByLabelText<HTMLInputElement>("Пароль");
  expect(bodies(CREATE)).toHaveLength(1);
  expect(bodies(CREATE)[0]).toMatchObject({ username: "boris", role: "marketer", password: password.value });
  expect(password.value).toMatch(/^([a-z2-9]{5}-){4}[a-z2-9]{5}$/);
  await page.user.keyboard("{Escape}");
  expect(password).toBeInTheDocument();
  await page.user.click(dialog.getByRole("button", { name: /Готово/ }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(document.body.innerHTML).not.toContain(password.value);
});

test("a name that is taken is said at its field, and the form is kept", async () => {
  serve({ [CREATE]: problem(409, { detail: "Имя «olga» уже занято" }) });
  const page = await renderPage(<UsersPage />, { at: "/users?create=1", role: "admin" });
  const dialog = within(await screen.findByRole("dialog"));
  const name = dialog.getByLabelText("Имя пользователя");
  await page.user.type(name, "olga");
  await page.user.click(dialog.getByRole("button", { name: "Создать пользователя" }));
  await waitFor(() => expect(name).toHaveAccessibleDescription(/Имя «olga» уже занято/));
  expect(name).toHaveValue("olga");
});

test("nobody is disabled without being asked, and then once", async () => {
  const page = await renderPage(<UsersPage />, { at: `/users?user=${OLGA}`, role: "admin" });
  await page.user.click(await screen.findByRole("button", { name: "Отключить" }));
  const question = within(await screen.findByRole("dialog", { name: /Отключить Ольга Ким/ }));
  expect(bodies(CHANGE)).toEqual([]);
  await page.user.click(question.getByRole("button", { name: "Отключить" }));
  expect(await screen.findByRole("button", { name: "Включить" })).toBeVisible();
  expect(bodies(CHANGE)).toEqual([{ disabled: true }]);
});

test("a new role is confirmed before it is sent", async () => {
  const page = await renderPage(<UsersPage />, { at: `/users?user=${OLGA}`, role: "admin" });
  const drawer = within(await screen.findByRole("dialog"));
  await page.user.click(await drawer.findByRole("combobox", { name: "Роль" }));
  await page.user.click(await screen.findByRole("option", { name: "ML-инженер" }));
  await page.user.click(drawer.getByRole("button", { name: "Сохранить" }));
  await page.user.click(await screen.findByRole("button", { name: "Подтвердить" }));
  await waitFor(() => expect(bodies(CHANGE)[0]).toEqual({ role: "ml_engineer" }));
});

test("a role that another administrator has given meanwhile is shown and stays", async () => {
  const page = await renderPage(<UsersPage />, { at: "/users", role: "admin" });
  await screen.findByText("Ольга Ким");
  users = users.map((user) => (user.id === OLGA ? { ...user, role: "ml_engineer" } : user));
  await page.user.click(screen.getByRole("button", { name: /Ольга Ким/ }));
  const drawer = within(await screen.findByRole("dialog"));
  expect(await drawer.findByRole("combobox", { name: "Роль" })).toHaveValue("ML-инженер");
  await page.user.type(drawer.getByLabelText("Имя и фамилия"), " мл.");
  await page.user.click(drawer.getByRole("button", { name: "Сохранить" }));
  await waitFor(() => expect(bodies(CHANGE)).toEqual([{ full_name: "Ольга Ким мл." }]));
});

test("a list that could not be read anew is said to be old", async () => {
  const page = await renderPage(<UsersPage />, { at: "/users", role: "admin" });
  await screen.findByText("Ольга Ким");
  serve({ [LIST]: problem(503, { detail: "База не отвечает" }) });
  void page.client.invalidateQueries({ queryKey: ["users", "list"] });
  expect(await screen.findByRole("alert")).toHaveTextContent("Обновить не удалось");
  expect(screen.getByText("Ольга Ким")).toBeInTheDocument();
});

test("oneself is neither disabled nor demoted here, and is told why", async () => {
  await renderPage(<UsersPage />, { at: `/users?user=${ME}`, role: "admin" });
  const drawer = within(await screen.findByRole("dialog"));
  expect(await drawer.findByRole("combobox", { name: "Роль" })).toBeDisabled();
  expect(drawer.getAllByText(/меняет другой администратор/)).not.toHaveLength(0);
  expect(drawer.queryByRole("button", { name: "Отключить" })).toBeNull();
  expect(drawer.queryByRole("button", { name: "Сбросить пароль" })).toBeNull();
});

test("what the API refuses is shown where it was asked", async () => {
  serve({
    [CHANGE]: problem(409, { detail: "Это последний действующий администратор: сначала назначьте другого" }),
  });
  const page = await renderPage(<UsersPage />, { at: `/users?user=${OLGA}`, role: "admin" });
  await page.user.click(await screen.findByRole("button", { name: "Отключить" }));
  const question = within(await screen.findByRole("dialog", { name: /Отключить Ольга Ким/ }));
  await page.user.click(question.getByRole("button", { name: "Отключить" }));
  expect(await screen.findByText(/последний действующий администратор/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Отключить" })).toBeEnabled();
});

test("a reset password is shown once", async () => {
  serve({ [RESET]: ({ body }: Call) => body });
  const page = await renderPage(<UsersPage />, { at: `/users?user=${OLGA}`, role: "admin" });
  await page.user.click(await screen.findByRole("button", { name: "Сбросить пароль" }));
  const question = within(await screen.findByRole("dialog", { name: /Сбросить пароль для Ольга Ким/ }));
  await page.user.click(question.getByRole("button", { name: "Сбросить пароль" }));
  const shown = within(await screen.findByRole("dialog", { name: "Новый пароль установлен" }));
  const first = shown.getByLabelText<HTMLInputElement>("Пароль").value;
  await page.user.click(shown.getByRole("button", { name: /Готово/ }));
  await waitFor(() => expect(document.body.innerHTML).not.toContain(first));
});
