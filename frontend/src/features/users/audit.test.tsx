import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { i18next } from "@/i18n";
import { renderPage } from "@/testing/render";
import { callsOf, problem, serve } from "@/testing/server";
import { AuditPage } from "./audit";
import { moments, today } from "./audit-days";
import { ACTIONS } from "./audit-words";
import type { AuditEntry } from "./queries";

const AUDIT = "GET /api/v1/audit";
let entries: AuditEntry[];

function entry(
  action: string,
  details: Record<string, unknown> = {},
  more: Partial<AuditEntry> = {},
): AuditEntry {
  return {
    id: crypto.randomUUID(),
    at: "2026-03-01T09:05:00Z",
    actor_id: "a",
    actor: "olga",
    action,
    target: "user:boris",
    details,
    request_id: "request-7",
    address: "10.0.0.7",
    ...more,
  };
}

function queries(): URLSearchParams[] {
  return callsOf(AUDIT).map((call) => new URLSearchParams(call.path.split("?")[1]));
}

beforeEach(() => {
  serve({
    [AUDIT]: ({ path }: { path: string }) =>
      path.includes("cursor=next")
        ? { items: [entry("session.start")], next_cursor: null, total: entries.length + 1 }
        : { items: entries, next_cursor: "next", total: entries.length + 1 },
  });
});

test("a log that could not be read anew is said to be old, and its days have a name", async () => {
  entries = [entry("session.start")];
  const page = await renderPage(<AuditPage />, { at: "/audit", role: "admin" });
  await screen.findByRole("table");
  expect(screen.getByRole("button", { name: "Даты: за всё время" })).toBeInTheDocument();
  serve({ [AUDIT]: problem(503, { detail: "База не отвечает" }) });
  void page.client.invalidateQueries({ queryKey: ["audit"] });
  expect(await screen.findByRole("alert")).toHaveTextContent("Обновить не удалось");
  expect(screen.getByRole("table")).toBeInTheDocument();
});

test("acts are told in words, values as was and became", async () => {
  entries = [
    entry("user.change", { role: ["marketer", "admin"], disabled: [false, true] }),
    entry("product.change", {
      card: [
        { rate: "10 %", term: "1 год" },
        { rate: "12 %", term: "1 год" },
      ],
    }),
    entry("robot.dance", { steps: 3 }, { actor: "system", actor_id: null, target: "robot:1" }),
  ];
  await renderPage(<AuditPage />, { at: "/audit", role: "admin" });
  const [, user, product, robot] = await screen.findAllByRole("row");
  expect(user).toHaveTextContent("Изменил пользователя");
  expect(user).toHaveTextContent("пользователь boris");
  expect(user).toHaveTextContent("Роль: было Маркетолог → стало Администратор");
  expect(user).toHaveTextContent("Доступ закрыт: было нет → стало да");
  expect(product).toHaveTextContent("Условия · rate: было 10 % → стало 12 %");
  expect(product).not.toHaveTextContent("1 год");
  expect(robot).toHaveTextContent("robot.dance");
  expect(robot).toHaveTextContent("система");
  expect(robot).toHaveTextContent("steps: 3");
});

test("the next page is asked for by its cursor and put under the first", async () => {
  entries = [entry("user.create", { role: "marketer" })];
  const page = await renderPage(<AuditPage />, { at: "/audit", role: "admin" });
  await page.user.click(await screen.findByRole("button", { name: "Показать ещё" }));
  const log = within(screen.getByRole("table"));
  expect(await log.findByText("Вошёл на страницу")).toBeVisible();
  expect(log.getByText("Завёл пользователя")).toBeVisible();
  expect(queries().map((query) => query.get("cursor"))).toEqual([null, "next"]);
  expect(screen.queryByRole("button", { name: "Показать ещё" })).toBeNull();
});

test("the address filters, the last day is whole, and a wrong day is no filter", async () => {
  entries = [entry("user.create")];
  await renderPage(<AuditPage />, {
    at: "/audit?actor=olga&action=user.&target=user%3A&from=yesterday&to=2026-03-31",
    role: "admin",
  });
  await screen.findByRole("table");
  expect(Object.fromEntries(queries()[0] ?? [])).toEqual({
    actor: "olga",
    action: "user.",
    target: "user:",
    to: "2026-04-01T00:00:00+03:00",
  });
});

test("a click on a name narrows the log to it, and reset widens it again", async () => {
  entries = [entry("user.create")];
  const page = await renderPage(<AuditPage />, { at: "/audit", role: "admin" });
  await page.user.click(await screen.findByRole("button", { name: "olga" }));
  await waitFor(() => expect(queries().at(-1)?.get("actor")).toBe("olga"));
  expect(page.address()).toContain("actor=olga");
  await page.user.click(screen.getByRole("button", { name: "Сбросить" }));
  await waitFor(() => expect(page.address()).not.toContain("actor"));
});

test("the rest of an entry unfolds: all changes, address and request", async () => {
  entries = [
    entry("user.change", { role: ["marketer", "admin"], disabled: [false, true], full_name: ["А", "Б"] }),
  ];
  const page = await renderPage(<AuditPage />, { at: "/audit", role: "admin" });
  const row = within((await screen.findAllByRole("row"))[1] as HTMLElement);
  expect(row.queryByText(/request-7/)).toBeNull();
  await page.user.click(row.getByRole("button", { name: /Подробнее/ }));
  expect(row.getByText(/request-7/)).toHaveTextContent("10.0.0.7");
  expect(row.getByText("Имя:")).toBeVisible();
});

test("days are those of Moscow", () => {
  expect(today(new Date("2026-03-31T22:30:00Z"))).toBe("2026-04-01");
  expect(moments("2026-02-28", "2026-02-28")).toEqual({
    from: "2026-02-28T00:00:00+03:00",
    to: "2026-03-01T00:00:00+03:00",
  });
});

test.each(["ru", "en"])("every act that can be asked for has a name, %s", (lng) => {
  const names = Object.entries(ACTIONS).flatMap(([group, verbs]) => [
    `group.${group}`,
    ...verbs.map((verb) => `action.${group}.${verb}`),
  ]);
  expect(names.filter((name) => !i18next.exists(name, { ns: "users", lng, fallbackLng: [] }))).toEqual([]);
});

test("a reading of the history is told by what was asked for", async () => {
  entries = [
    entry(
      "offers.list",
      { product: "CC", label: "failure", sort: "-created_at", items: 50 },
      { target: "offers" },
    ),
  ];
  const page = await renderPage(<AuditPage />, { at: "/audit", role: "admin" });
  const [, told] = await screen.findAllByRole("row");
  expect(told).toHaveTextContent("Смотрел историю");
  await page.user.click(within(told as HTMLElement).getByRole("button", { name: /Подробнее/ }));
  expect(told).toHaveTextContent("Метка: неудача");
  expect(told).toHaveTextContent("Порядок: сначала новые");
  expect(told).toHaveTextContent("Показано: 50");
});
