import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { batch, CATALOGUE, DONE, ONE, pageOf, REJECTED, reportOf } from "@/features/batches/fixtures";
import { BatchesPage } from "@/features/batches/page";
import type { Batch } from "@/features/batches/queries";
import { renderPage } from "@/testing/render";
import { callsOf, problem, serve } from "@/testing/server";
import { Stream, withStreams } from "@/testing/stream";

const BATCH = `GET /api/v1/batches/${ONE}`;
const REPORT = `${BATCH}/problems`;
const CANCEL = `POST /api/v1/batches/${ONE}/cancel`;
const RESUME = `POST /api/v1/batches/${ONE}/resume`;
const OFFERS = "GET /api/v1/offers";

let now: Batch;

withStreams();

beforeEach(() => {
  now = batch();
  serve({
    ...CATALOGUE,
    "GET /api/v1/batches": () => pageOf(now),
    [BATCH]: () => now,
    [REPORT]: reportOf([3, "age", "нужно число, а не «сорок»"], [9, "", "ячеек больше, чем столбцов"]),
  });
});

async function open() {
  const page = await renderPage(<BatchesPage />, { at: `/batches?open=${ONE}` });
  const drawer = await screen.findByRole("dialog", { name: "Рассылка" });
  await within(drawer).findByRole("heading", { name: "осень.csv" });
  return { ...page, drawer: within(drawer) };
}

function failure(code: string, detail: string) {
  return { text: null as string | null, error: { code, detail } };
}

it("follows the stream of its events to the end", async () => {
  const { drawer } = await open();
  expect(drawer.getByText(/20 из 40 клиентов · 50\s%/)).toBeInTheDocument();
  await waitFor(() => expect(Stream.opened).toHaveLength(1));
  expect(Stream.opened[0]?.address).toBe(`/api/v1/batches/${ONE}/events`);
  Stream.opened[0]?.tell(batch({ done: 30, eta_s: 20, rate_per_s: 0.5 }));
  expect(drawer.getByText(/30 из 40 клиентов · 75\s%/)).toBeInTheDocument();
  expect(drawer.getByText("осталось меньше минуты · 30 в минуту")).toBeInTheDocument();
  expect(drawer.getByRole("status")).toHaveTextContent(/Готово 75\s%/);
  now = batch(DONE);
  Stream.opened[0]?.tell(now);
  await drawer.findByRole("button", { name: "Скачать тексты" });
  expect(Stream.opened[0]?.readyState).toBe(Stream.CLOSED);
  expect(drawer.queryByRole("progressbar")).toBeNull();
});

it("is asked for again and again where no stream comes through", async () => {
  const { drawer } = await open();
  await waitFor(() => expect(Stream.opened).toHaveLength(1));
  Stream.opened[0]?.refuse();
  now = batch({ done: 25 });
  expect(await drawer.findByText(/25 из 40 клиентов/)).toBeInTheDocument();
});

it("says how many rows are read while nobody knows how many there are", async () => {
  now = batch({ stage: "validate", rows: 12_000, total: 11_998, done: 0, rate_per_s: null, eta_s: null });
  const { drawer } = await open();
  expect(drawer.getByText(/Прочитано 12\s000 строк/)).toBeInTheDocument();
  expect(drawer.queryByRole("progressbar")).toBeNull();
  expect(callsOf(REPORT)).toEqual([]); // it is not whole yet
});

it("shows the wrong rows and leads to the whole report", async () => {
  const { drawer } = await open();
  const list = within(await drawer.findByRole("region", { name: "Что не так в строках" }));
  const cells = list.getAllByRole("row").map((row) => row.textContent);
  expect(cells).toEqual([
    "СтрокаСтолбецЧто не так",
    "3ageнужно число, а не «сорок»",
    "9вся строкаячеек больше, чем столбцов",
  ]);
  expect(drawer.getByRole("link", { name: "Скачать отчёт" })).toHaveAttribute(
    "href",
    `/api/v1/batches/${ONE}/problems`,
  );
});

it("of a long report only the first rows are shown", async () => {
  now = batch({ problems: 300 });
  const rows = Array.from({ length: 300 }, (_, i): [number, string, string] => [i + 2, "age", `ошибка ${i}`]);
  serve({ [REPORT]: reportOf(...rows) });
  const { drawer } = await open();
  expect(await drawer.findByText("Показаны первые 50; остальные — в отчёте.")).toBeInTheDocument();
  expect(drawer.getByText("ошибка 49")).toBeInTheDocument();
  expect(drawer.queryByText("ошибка 50")).toBeNull();
});

it("results are offered in three formats and in the history", async () => {
  now = batch(DONE);
  const { drawer, user } = await open();
  expect(drawer.getByRole("link", { name: "Тексты в истории" })).toHaveAttribute(
    "href",
    `/history?batch_id=${ONE}`,
  );
  await user.click(drawer.getByRole("button", { name: "Скачать тексты" }));
  const items = await screen.findAllByRole("menuitem");
  expect(items.map((one) => one.getAttribute("href"))).toEqual(
    ["xlsx", "csv", "ndjson"].map((kind) => `/api/v1/batches/${ONE}/results?format=${kind}`),
  );
});

it("clients without a text are told by reason and tried again", async () => {
  now = batch({ ...DONE, done: 37, failed: 3 });
  serve({
    [OFFERS]: pageOf(
      failure(
        "no_compliant_text",
        "Ни один из вариантов не прошёл проверки (длиннее предела — 4; не дописан — 1)",
      ),
      failure("not_written", "Данные клиента или каталог изменились"),
      failure(
        "no_compliant_text",
        "Ни один из вариантов не прошёл проверки (не дописан — 3; длиннее предела — 2)",
      ),
      { text: "Текст с нулевой уверенностью" },
    ),
    [RESUME]: () => {
      now = batch({ done: 37, failed: 0 });
      return now;
    },
  });
  const { drawer, user } = await open();
  await drawer.findByText("Ни один вариант не прошёл проверку");
  const reasons = drawer
    .getAllByRole("listitem")
    .map((one) => one.textContent)
    .filter((text) => text?.match(/\d$/));
  expect(reasons).toEqual([
    "Ни один вариант не прошёл проверкудлиннее предела; не дописан2",
    "Модель не писала текстДанные клиента или каталог изменились1",
  ]);
  expect(callsOf(OFFERS)[0]?.path).toContain(`batch_id=${ONE}&max_confidence=0`);
  await user.click(drawer.getByRole("button", { name: "Повторить для 3 клиентов" }));
  await drawer.findByText("Пишутся тексты");
  expect(callsOf(RESUME)).toHaveLength(1);
});

it("is stopped after a question and taken up again", async () => {
  serve({
    [CANCEL]: () => {
      now = batch({ status: "cancelled", eta_s: null });
      return now;
    },
    [RESUME]: problem(409, { detail: "Файла больше нет: загрузите его снова" }),
  });
  const { drawer, user } = await open();
  await user.click(drawer.getByRole("button", { name: "Остановить" }));
  const dialog = await screen.findByRole("dialog", { name: "Остановить рассылку?" });
  expect(dialog).toHaveTextContent("Готово 20 текстов, они останутся");
  expect(callsOf(CANCEL)).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Остановить рассылку" }));
  await user.click(await drawer.findByRole("button", { name: "Продолжить" }));
  expect(await screen.findByText("Файла больше нет: загрузите его снова")).toBeInTheDocument();
});

it("a refused table says why, what to do, and begins anew with the same choices", async () => {
  now = batch(REJECTED);
  const { user } = await open();
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("В таблице нет знакомых столбцов");
  expect(alert).toHaveTextContent("Переименуйте столбцы");
  expect(alert).toHaveTextContent("нет ни одного известного столбца; прочитаны «а», «б»");
  await user.click(within(alert).getByRole("link", { name: "Загрузить исправленный файл" }));
  const dialog = await screen.findByRole("dialog", { name: "Новая рассылка" });
  expect(await within(dialog).findByLabelText("Кампания")).toHaveValue("autumn-2026");
  await waitFor(() =>
    expect(within(dialog).getByRole("combobox", { name: "Продукт" })).toHaveValue("Дебетовая карта"),
  );
});

it("a stop that is refused is said, even when the drawer is closed by then", async () => {
  let answer: (response: Response) => void = () => undefined;
  serve({ [CANCEL]: () => new Promise<Response>((settle) => (answer = settle)) });
  const { drawer, user } = await open();
  await user.click(drawer.getByRole("button", { name: "Остановить" }));
  const dialog = await screen.findByRole("dialog", { name: "Остановить рассылку?" });
  await user.click(within(dialog).getByRole("button", { name: "Остановить рассылку" }));
  await waitFor(() => expect(callsOf(CANCEL)).toHaveLength(1));
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog", { name: "Рассылка" })).toBeNull());
  answer(problem(409, { detail: "Рассылка уже закончена" }));
  expect(await screen.findByText("Рассылка уже закончена")).toBeInTheDocument();
});

it("a batch that cannot be followed any more is said to be old", async () => {
  const { drawer } = await open();
  await waitFor(() => expect(Stream.opened).toHaveLength(1));
  serve({ [BATCH]: problem(500, { detail: "Сбой базы" }) });
  Stream.opened[0]?.refuse();
  expect(await drawer.findByText(/Обновить не удалось/)).toHaveTextContent("Сбой базы");
  expect(drawer.getByText(/20 из 40 клиентов/)).toBeInTheDocument();
});
