import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { batch, CATALOGUE, ONE, pageOf } from "@/features/batches/fixtures";
import { BatchesPage } from "@/features/batches/page";
import { renderPage } from "@/testing/render";
import { callsOf, offline, problem, serve } from "@/testing/server";
import { withStreams } from "@/testing/stream";

const START = "POST /api/v1/batches";
const TABLE = "client_id;age\n1;30\n";
const STARTED = { batch_id: ONE, status: "queued" };

withStreams();

beforeEach(() => {
  serve({
    ...CATALOGUE,
    "GET /api/v1/batches": pageOf(),
    [`GET /api/v1/batches/${ONE}`]: batch({ status: "queued", stage: "validate", problems: 0, rows: 0 }),
    [START]: STARTED,
  });
});

function csv(name = "осень.csv", content: string | Uint8Array<ArrayBuffer> = TABLE): File {
  return new File([content], name);
}

async function open() {
  const page = await renderPage(<BatchesPage />, { at: "/batches?new=1" });
  const dialog = within(await screen.findByRole("dialog", { name: "Новая рассылка" }));
  const choose = async (...files: File[]) =>
    fireEvent.change(await dialog.findByLabelText("Выбрать файл", { selector: "input" }), {
      target: { files },
    });
  /** A file that is all right. */
  const chosen = async (file: File) => {
    await choose(file);
    await dialog.findByText(file.name);
  };
  const begin = () => page.user.click(dialog.getByRole("button", { name: "Начать рассылку" }));
  return { ...page, dialog, choose, chosen, begin };
}

it("a file is sent with what was chosen, and the batch opens", async () => {
  const { dialog, user, chosen, begin, address } = await open();
  await chosen(csv());
  await user.type(dialog.getByLabelText("Кампания"), "autumn-2026");
  await begin();
  await screen.findByRole("heading", { name: "осень.csv" });
  expect(address()).toBe(`/batches?open=${ONE}`);
  const [call] = callsOf(START);
  expect(call?.body).toEqual({
    product: "auto",
    channel: "SMS",
    tone: "neutral",
    conditions: "none",
    variants: "1",
    campaign: "autumn-2026",
    file: "осень.csv",
  });
  expect(call?.headers.get("Idempotency-Key")).toMatch(/^[0-9a-f]{32}$/);
});

it("a table of the database is named", async () => {
  const { dialog, user, begin } = await open();
  await user.click(dialog.getByRole("radio", { name: "Таблица базы данных" }));
  await user.type(dialog.getByLabelText("Таблица"), "clients");
  await begin();
  expect(await dialog.findByText("Нужно имя вида схема.таблица")).toBeInTheDocument();
  expect(callsOf(START)).toEqual([]);
  await user.clear(dialog.getByLabelText("Таблица"));
  await user.type(dialog.getByLabelText("Таблица"), "marketing.clients");
  await begin();
  await waitFor(() => expect(callsOf(START)[0]?.body).toMatchObject({ table: "marketing.clients" }));
});

it.each([
  ["старый.xls", TABLE, /сохраните как \.xlsx/],
  ["отчёт.pdf", TABLE, /Нужен csv, xlsx, parquet/],
  ["пустой.csv", "", /пуст/],
  ["книга.xlsx", TABLE, /внутри не xlsx/],
  ["пароль.xlsx", new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1]), /сохраните как \.xlsx/],
  ["клиенты.parquet", TABLE, /внутри не parquet/],
])("%s is refused before it is sent", async (name, content, said) => {
  const { dialog, choose } = await open();
  await choose(csv(name, content));
  expect(await dialog.findByRole("alert")).toHaveTextContent(said);
  expect(dialog.queryByText(name)).toBeNull();
});

it("a file that is dropped is taken, two are not", async () => {
  const { dialog } = await open();
  const place = (await dialog.findByText("Перетащите сюда файл с клиентами или выберите его")).parentElement;
  fireEvent.drop(place as HTMLElement, { dataTransfer: { files: [csv(), csv("два.csv")] } });
  expect(await dialog.findByRole("alert")).toHaveTextContent("Нужен один файл");
  fireEvent.drop(place as HTMLElement, { dataTransfer: { files: [csv()] } });
  await dialog.findByText("осень.csv");
});

it("without a file nothing is sent", async () => {
  const { dialog, begin } = await open();
  await begin();
  expect(await dialog.findByRole("alert")).toHaveTextContent("Выберите файл с клиентами");
  expect(callsOf(START)).toEqual([]);
});

it("a double click begins one batch; the upload shows its progress", async () => {
  let answer: (started: object) => void = () => undefined;
  serve({ [START]: () => new Promise((settle) => (answer = settle)) });
  const { dialog, user, chosen } = await open();
  await chosen(csv());
  await user.dblClick(dialog.getByRole("button", { name: "Начать рассылку" }));
  expect(await dialog.findByRole("progressbar", { name: "Отправка файла" })).toHaveAttribute(
    "aria-valuenow",
    "50",
  );
  expect(dialog.getByText(/Отправлено 10\sБ из 19\sБ/)).toBeInTheDocument();
  answer(STARTED);
  await screen.findByRole("heading", { name: "осень.csv" });
  expect(callsOf(START)).toHaveLength(1);
});

it("an upload can be stopped, and what was filled in stays", async () => {
  serve({ [START]: () => new Promise(() => undefined) });
  const { dialog, user, chosen, begin } = await open();
  await chosen(csv());
  await begin();
  await user.click(await dialog.findByRole("button", { name: "Прервать" }));
  await waitFor(() => expect(dialog.queryByRole("progressbar")).toBeNull());
  expect(dialog.getByText("осень.csv")).toBeInTheDocument();
  expect(dialog.queryByRole("alert")).toBeNull();
});

it("a broken line is said, and another try carries the same key", async () => {
  serve({ [START]: offline });
  const { dialog, chosen, begin } = await open();
  await chosen(csv());
  await begin();
  expect(await dialog.findByRole("alert")).toHaveTextContent(
    /Файл не дошёл до сервера.*двух рассылок не получится/,
  );
  serve({ [START]: STARTED });
  await begin();
  await screen.findByRole("heading", { name: "осень.csv" });
  const keys = callsOf(START).map((call) => call.headers.get("Idempotency-Key"));
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

it("another choice is another batch", async () => {
  serve({ [START]: offline });
  const { dialog, user, chosen, begin } = await open();
  await chosen(csv());
  await begin();
  await dialog.findByRole("alert");
  await user.type(dialog.getByLabelText("Кампания"), "зима");
  await begin();
  await waitFor(() => expect(callsOf(START)).toHaveLength(2));
  const keys = callsOf(START).map((call) => call.headers.get("Idempotency-Key"));
  expect(new Set(keys).size).toBe(2);
});

it("a file that is too large is explained", async () => {
  serve({ [START]: problem(413, { detail: "Файл больше 2048 МБ (BATCH_MAX_MB)" }) });
  const { dialog, chosen, begin } = await open();
  await chosen(csv());
  await begin();
  expect(await dialog.findByRole("alert")).toHaveTextContent(
    /Файл слишком большой.*Размер файла — 19\sБ.*Файл больше 2048 МБ \(BATCH_MAX_MB\)/,
  );
});

it("what the API says of a field stands beside it", async () => {
  const errors = [{ pointer: "/product", detail: "в карточке не заполнены условия: ставка" }];
  serve({ [START]: problem(422, { detail: "Проверьте отмеченные поля", errors }) });
  const { dialog, chosen, begin } = await open();
  await chosen(csv());
  await begin();
  expect(await dialog.findByRole("alert")).toHaveTextContent(
    /не всё заполнено верно.*Проверьте отмеченные поля/,
  );
  expect(dialog.getByText("в карточке не заполнены условия: ставка")).toBeInTheDocument();
});

it("a form that was filled in is not left by chance", async () => {
  const { dialog, user, chosen } = await open();
  await chosen(csv());
  await user.click(dialog.getByRole("button", { name: "Отмена" }));
  const question = await screen.findByRole("dialog", { name: "Изменения не сохранены" });
  await user.click(within(question).getByRole("button", { name: "Остаться" }));
  expect(await dialog.findByText("осень.csv")).toBeInTheDocument();
});

it("an untouched form closes without a question", async () => {
  const { client, dialog, user, address } = await open();
  await client.invalidateQueries(); // what stands behind it is drawn anew
  await user.click(dialog.getByRole("button", { name: "Отмена" }));
  await waitFor(() => expect(address()).toBe("/batches"));
  expect(screen.queryByRole("dialog", { name: "Изменения не сохранены" })).toBeNull();
});

it("an answer that is no answer of ours does not leave the form waiting for ever", async () => {
  serve({ [START]: () => new Response("<html>Вход в сеть</html>") });
  const { dialog, chosen, begin } = await open();
  await chosen(csv());
  await begin();
  expect(await dialog.findByRole("alert")).toHaveTextContent("Файл не дошёл до сервера");
  expect(dialog.getByRole("button", { name: "Начать рассылку" })).toBeEnabled();
});

it("a fault that the server found beside a field goes when the field is corrected", async () => {
  const errors = [{ pointer: "/campaign", detail: "Такая кампания уже закончена" }];
  serve({ [START]: problem(422, { detail: "Не всё верно", errors }) });
  const { dialog, user, chosen, begin } = await open();
  await chosen(csv());
  await user.type(dialog.getByLabelText("Кампания"), "old");
  await begin();
  await dialog.findByText("Такая кампания уже закончена");
  await user.type(dialog.getByLabelText("Кампания"), "-2");
  expect(dialog.queryByText("Такая кампания уже закончена")).toBeNull();
});
