import { screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { beforeEach, expect, it } from "vitest";
import type { Role } from "@/app/session";
import { batch, CATALOGUE, DONE, ONE, pageOf, REJECTED } from "@/features/batches/fixtures";
import { BatchesPage } from "@/features/batches/page";
import { renderPage } from "@/testing/render";
import { callsOf, offline, problem, serve } from "@/testing/server";
import { withStreams } from "@/testing/stream";

const LIST = "GET /api/v1/batches";

withStreams();

beforeEach(() => {
  serve({ ...CATALOGUE, [LIST]: pageOf(batch()) });
});

const open = (at = "/batches", role: Role = "marketer") => renderPage(<BatchesPage />, { at, role });

function row(name: string): HTMLElement {
  const found = screen.getByRole("link", { name }).closest("tr");
  if (!found) throw new Error(name);
  return found;
}

it("each batch says what it is, how far, how fast and how long it will take", async () => {
  const { container } = await open();
  await screen.findByRole("link", { name: "осень.csv" });
  const said = row("осень.csv");
  await waitFor(() => expect(said).toHaveTextContent("Дебетовая карта · СМС · autumn-2026"));
  expect(said).toHaveTextContent("Пишутся тексты");
  expect(said).toHaveTextContent("20 из 40 клиентов");
  expect(said).toHaveTextContent(/4,0 в секунду · осталось около 2\sмин/);
  expect(said).toHaveTextContent("2 строки с ошибками");
  expect(said).toHaveTextContent("marketer");
  const bar = within(said).getByRole("progressbar", { name: "Ход рассылки осень.csv" });
  expect(bar).toHaveAttribute("aria-valuenow", "50");
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map((one) => one.id)).toEqual([]);
});

it("one that is over says what came of it", async () => {
  serve({
    [LIST]: pageOf(
      batch({ ...DONE, failed: 3, done: 37 }),
      batch({ ...REJECTED, batch_id: "2", source: { table: "marketing.vip" } }),
    ),
  });
  await open();
  await screen.findByRole("link", { name: "осень.csv" });
  expect(row("осень.csv")).toHaveTextContent(/Готова не вся.*37 клиентов с текстом.*3 клиента без текста/);
  expect(row("marketing.vip")).toHaveTextContent(/Не принята.*В таблице нет знакомых столбцов/);
});

it("is narrowed by a state that stands in the address", async () => {
  serve({
    [LIST]: ({ path }: { path: string }) => (path.includes("status=failed") ? pageOf() : pageOf(batch())),
  });
  const { user, address } = await open();
  await user.click(await screen.findByRole("combobox", { name: "Состояние" }));
  await user.click(await screen.findByRole("option", { name: "Не принята" }));
  await screen.findByText("В этом состоянии рассылок нет");
  expect(address()).toContain("status=failed");
  await user.click(screen.getByRole("button", { name: "Показать все" }));
  await screen.findByRole("link", { name: "осень.csv" });
});

it("without any batch it says what there could be and offers to begin", async () => {
  serve({ [LIST]: pageOf() });
  const { user, address } = await open();
  const [first] = await screen.findAllByRole("link", { name: "Новая рассылка" });
  await screen.findByText("Рассылок ещё не было");
  await user.click(first as HTMLElement);
  await waitFor(() => expect(address()).toContain("new="));
  await screen.findByRole("dialog", { name: "Новая рассылка" });
});

it("a server that does not answer is said, with a way out", async () => {
  serve({ [LIST]: offline });
  const { user } = await open();
  expect(await screen.findByRole("alert")).toHaveTextContent("Сервер не отвечает");
  serve({ [LIST]: pageOf(batch()) });
  await user.click(screen.getByRole("button", { name: "Повторить" }));
  await screen.findByRole("link", { name: "осень.csv" });
});

it("an ML engineer reads, and may neither begin nor stop", async () => {
  serve({ [`${LIST}/${ONE}`]: batch({ problems: 0 }) });
  await open(`/batches?open=${ONE}&new=1`, "ml_engineer");
  const drawer = await screen.findByRole("dialog", { name: "Рассылка" });
  await within(drawer).findByRole("button", { name: "Скачать готовое" });
  expect(within(drawer).queryByRole("button", { name: "Остановить" })).toBeNull();
  expect(screen.queryByRole("dialog", { name: "Новая рассылка" })).toBeNull();
  expect(screen.queryByRole("link", { name: "Новая рассылка", hidden: true })).toBeNull();
});

it("a batch that is not there is said", async () => {
  serve({ [`${LIST}/${ONE}`]: problem(404, { detail: "Такой рассылки нет" }) });
  await open(`/batches?open=${ONE}`);
  expect(await screen.findByText("Такой рассылки нет")).toBeInTheDocument();
  expect(callsOf(`${LIST}/${ONE}`)).toHaveLength(1);
});

it("a state whose batches could not be had can be left again", async () => {
  serve({ [LIST]: problem(500, { detail: "Сбой" }) });
  await open("/batches?status=failed");
  await screen.findByRole("alert");
  expect(screen.getByRole("combobox", { name: "Состояние" })).toHaveValue("Не принята");
});

it("on the way back from a state without batches nobody is told that there are none at all", async () => {
  let answer: (page: object) => void = () => undefined;
  serve({
    [LIST]: ({ path }: { path: string }) =>
      path.includes("status=") ? pageOf() : new Promise((settle) => (answer = settle)),
  });
  const { user } = await open("/batches?status=failed");
  await user.click(await screen.findByRole("button", { name: "Показать все" }));
  await waitFor(() => expect(callsOf(LIST)).toHaveLength(2));
  expect(screen.queryByText("Рассылок ещё не было")).toBeNull();
  answer(pageOf(batch()));
  await screen.findByRole("link", { name: "осень.csv" });
});

it("a list that could not be read anew stays and is said to be old", async () => {
  const { client, user } = await open();
  await screen.findByRole("link", { name: "осень.csv" });
  serve({ [LIST]: offline });
  void client.invalidateQueries();
  expect(await screen.findByRole("alert")).toHaveTextContent("Обновить не удалось");
  expect(row("осень.csv")).toHaveTextContent("20 из 40 клиентов");
  serve({ [LIST]: pageOf(batch({ done: 30 })) });
  await user.click(screen.getByRole("button", { name: "Повторить" }));
  await waitFor(() => expect(row("осень.csv")).toHaveTextContent("30 из 40 клиентов"));
  expect(screen.queryByRole("alert")).toBeNull();
});

it("clients without a text count as settled in the list too", async () => {
  serve({ [LIST]: pageOf(batch({ failed: 3 })) });
  await open();
  await screen.findByRole("link", { name: "осень.csv" });
  expect(row("осень.csv")).toHaveTextContent("23 из 40 клиентов");
  const bar = within(row("осень.csv")).getByRole("progressbar");
  expect(bar).toHaveAttribute("aria-valuenow", "57");
  expect(bar).toHaveAttribute("aria-valuetext", "23 из 40 клиентов");
});

it.each([
  ["queued", "Ждёт свободного обработчика"],
  ["running", "Строки ещё не прочитаны"],
  ["cancelled", "Строки ещё не прочитаны"],
] as const)("before its first row is read, one that is %s says so", async (status, said) => {
  serve({ [LIST]: pageOf(batch({ status, stage: "validate", rows: 0, problems: 0, total: 0, done: 0 })) });
  await open();
  await screen.findByRole("link", { name: "осень.csv" });
  expect(row("осень.csv")).toHaveTextContent(said);
});
