import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { CataloguePage } from "@/features/catalogue/page";
import type { ProductDetail, Reference } from "@/features/catalogue/queries";
import { renderPage } from "@/testing/render";
import { callsOf, problem, serve } from "@/testing/server";

const SLOW = 20_000;

const reference: Reference = {
  groups: [
    {
      code: "savings",
      name: "накопительный счёт",
      conditions: [
        { key: "base_rate", label: "базовая ставка", required: true, needed_with: null },
        { key: "promo_rate", label: "повышенная ставка", required: false, needed_with: null },
        { key: "promo_period", label: "срок повышенной ставки", required: false, needed_with: "promo_rate" },
      ],
    },
  ],
  facts: [{ code: "fuels_often", name: "часто заправляет автомобиль" }],
  segments: [{ code: "c", name: "Масс-ЗП закредитованные" }],
};

function product(patch: Partial<ProductDetail> = {}): ProductDetail {
  return {
    code: "SAVE_ACC",
    group: "savings",
    name: "Накопительный счёт",
    value_line: "Деньги под рукой",
    benefits: [{ tag: "access", text: "Снять можно в любой день", corpus: 0 }],
    audience: [{ fact: "fuels_often", suits: true, hint: "Тратит часто" }],
    card: { base_rate: "базовая ставка 10 % годовых" },
    site_section: "",
    position: 11,
    state: "ready",
    archived_at: null,
    updated_at: "2026-11-20T09:00:00Z",
    version: 3,
    conditions: [],
    missing: [],
    outdated: [],
    ...patch,
  };
}

const page = <T,>(...items: T[]) => ({ items, next_cursor: null, total: items.length });
const OPEN = "/catalogue?open=SAVE_ACC";

beforeEach(() => {
  const other = product({ code: "GOLD", name: "Золотая карта", group: null, card: {}, state: "draft" });
  serve({
    "GET /api/v1/catalogue/conditions": reference,
    "GET /api/v1/products": ({ path }: { path: string }) =>
      path.includes("archived") ? page() : page(product(), other),
    "GET /api/v1/products/SAVE_ACC": product(),
  });
});

describe("the catalogue", () => {
  it(
    "lists products with their completeness and keeps the search in the address",
    async () => {
      const { user, address } = await renderPage(<CataloguePage />, { at: "/catalogue" });
      expect(await screen.findByText("Накопительный счёт")).toBeVisible();
      expect(screen.getByLabelText(/Заполнено 1 из 1/)).toBeVisible();
      expect(screen.getByText("Группа не указана")).toBeVisible();
      await user.type(screen.getByRole("textbox", { name: "Код или название" }), "gold");
      await waitFor(() => expect(screen.queryByText("Накопительный счёт")).not.toBeInTheDocument());
      expect(screen.getByText("Золотая карта")).toBeVisible();
      expect(address()).toContain("q=gold");
    },
    SLOW,
  );

  it(
    "keeps an open card and what is typed in it when the list cannot be read anew",
    async () => {
      const { user, client } = await renderPage(<CataloguePage />, { at: OPEN, role: "admin" });
      const name = await screen.findByRole("textbox", { name: /^Название/ });
      await user.type(name, " плюс");
      serve({ "GET /api/v1/products": problem(500, { detail: "Сбой базы" }) });
      await client.refetchQueries({ queryKey: ["catalogue"] });
      expect(await screen.findByText(/Сбой базы/)).toBeInTheDocument();
      expect(screen.getByRole("textbox", { name: /^Название/ })).toHaveValue("Накопительный счёт плюс");
    },
    SLOW,
  );

  it(
    "saves by Ctrl S on the Russian layout too",
    async () => {
      serve({ "PATCH /api/v1/products/SAVE_ACC": product({ name: "Счёт", version: 4 }) });
      const { user } = await renderPage(<CataloguePage />, { at: OPEN, role: "admin" });
      await user.type(await screen.findByRole("textbox", { name: /^Название/ }), "!");
      fireEvent.keyDown(document.documentElement, { key: "ы", code: "KeyS", ctrlKey: true });
      await waitFor(() => expect(callsOf("PATCH /api/v1/products/SAVE_ACC")).toHaveLength(1));
    },
    SLOW,
  );

  it(
    "shows which conditions the law needs, also the ones that another condition brings",
    async () => {
      const { user } = await renderPage(<CataloguePage />, { at: `${OPEN}&part=card`, role: "admin" });
      expect(await screen.findByText("Обязательные условия: 1 из 1")).toBeVisible();
      await user.type(screen.getByRole("textbox", { name: /Повышенная ставка/ }), "18 % для новых");
      expect(screen.getByText("Обязательные условия: 1 из 2")).toBeVisible();
      expect(screen.getByText(/Обязательно, раз указано «повышенная ставка», не хватает/)).toBeVisible();
    },
    SLOW,
  );

  it(
    "shows at its field what is not the bank's any more",
    async () => {
      const stale = product({
        outdated: [{ pointer: "/card/base_rate", detail: "«8 800 000-00-00» — не из профиля банка" }],
      });
      serve({
        "GET /api/v1/products": ({ path }: { path: string }) =>
          path.includes("archived") ? page() : page(stale),
        "GET /api/v1/products/SAVE_ACC": stale,
      });
      await renderPage(<CataloguePage />, { at: `${OPEN}&part=card`, role: "admin" });
      const field = await screen.findByRole("textbox", { name: /Базовая ставка/ });
      expect(field).toHaveAccessibleDescription(/не из профиля банка/);
      expect(screen.getByLabelText(/Заполнено 1 из 1.*не из профиля банка/)).toBeInTheDocument();
    },
    SLOW,
  );

  it(
    "meets a faster colleague without losing the draft",
    async () => {
      const theirs = product({ version: 4, name: "Счёт «Копилка»" });
      serve({ "PATCH /api/v1/products/SAVE_ACC": problem(409, { detail: "сейчас версия 4" }) });
      const { user } = await renderPage(<CataloguePage />, { at: OPEN, role: "admin" });
      const value = await screen.findByRole("textbox", { name: "Ценность одной строкой" });
      await user.clear(value);
      await user.type(value, "Моя строка");
      serve({ "GET /api/v1/products/SAVE_ACC": theirs });
      await user.click(screen.getByRole("button", { name: /^Сохранить/ }));
      expect(await screen.findByText(/Пока вы правили, запись изменили/)).toBeVisible();
      expect(screen.getByText(/«Накопительный счёт» → «Счёт «Копилка»»/)).toBeVisible();
      serve({ "PATCH /api/v1/products/SAVE_ACC": { ...theirs, version: 5, value_line: "Моя строка" } });
      await user.click(screen.getByRole("button", { name: /мои правки оставить/ }));
      expect(screen.getByRole("textbox", { name: "Название" })).toHaveValue("Счёт «Копилка»");
      await user.click(screen.getByRole("button", { name: /^Сохранить/ }));
      await screen.findByText(/Версия 5/);
      expect(callsOf("PATCH /api/v1/products/SAVE_ACC").map((call) => call.body)).toEqual([
        { value_line: "Моя строка", version: 3 },
        { value_line: "Моя строка", version: 4 },
      ]);
    },
    SLOW,
  );

  it(
    "shows what a faster colleague did to a list and keeps it beside the own edit",
    async () => {
      const [old, theirs] = [product().benefits[0], { tag: "online", text: "Открыть можно в приложении" }];
      serve({ "PATCH /api/v1/products/SAVE_ACC": problem(409, { detail: "сейчас версия 4" }) });
      const { user } = await renderPage(<CataloguePage />, { at: `${OPEN}&part=benefits`, role: "admin" });
      await user.type(await screen.findByRole("textbox", { name: /Выгода 1/ }), " месяца");
      serve({
        "GET /api/v1/products/SAVE_ACC": product({
          version: 4,
          benefits: [old, theirs].flatMap((one) => one ?? []),
          audience: [{ fact: "fuels_often", suits: false, hint: "Тратит часто" }],
        }),
      });
      await user.click(screen.getByRole("button", { name: /^Сохранить/ }));
      expect(await screen.findByText(/добавлено: «Открыть можно в приложении»/)).toBeVisible();
      expect(screen.getByText(/правки сложатся/)).toBeVisible();
      expect(
        screen.getByText(/добавлено: часто заправляет автомобиль, не подходит, «Тратит часто» · убрано: /),
      ).toBeVisible();
      await user.click(screen.getByRole("button", { name: /мои правки оставить/ }));
      expect(screen.getByRole("textbox", { name: /Выгода 1/ })).toHaveValue(
        "Снять можно в любой день месяца",
      );
      expect(screen.getByRole("textbox", { name: /Выгода 2/ })).toHaveValue(theirs.text);
    },
    SLOW,
  );

  it(
    "shows a refused condition at its field and keeps what was typed",
    async () => {
      serve({
        "PATCH /api/v1/products/SAVE_ACC": problem(422, {
          detail: "Проверьте отмеченные поля",
          errors: [{ pointer: "/card/promo_rate/value", detail: "Слишком коротко" }],
        }),
      });
      const { user } = await renderPage(<CataloguePage />, { at: `${OPEN}&part=card`, role: "admin" });
      const field = await screen.findByRole("textbox", { name: /Повышенная ставка/ });
      await user.type(field, "1");
      await user.click(screen.getByRole("button", { name: /^Сохранить/ }));
      await waitFor(() => expect(field).toBeInvalid());
      expect(field).toHaveAccessibleDescription(/Слишком коротко/);
      expect(field).toHaveValue("1");
    },
    SLOW,
  );

  it(
    "asks before unsaved edits are left, and staying keeps them",
    async () => {
      const { user } = await renderPage(<CataloguePage />, { at: OPEN, role: "admin" });
      await user.type(await screen.findByRole("textbox", { name: "Название" }), "!");
      await user.keyboard("{Escape}");
      await user.click(await screen.findByRole("button", { name: "Остаться" }));
      await waitFor(() => expect(screen.queryByRole("button", { name: "Остаться" })).not.toBeInTheDocument());
      expect(screen.getByRole("textbox", { name: "Название" })).toHaveValue("Накопительный счёт!");
    },
    SLOW,
  );

  it(
    "archives only after a question",
    async () => {
      serve({ "POST /api/v1/products/SAVE_ACC/archive": product({ state: "archived", version: 4 }) });
      const { user } = await renderPage(<CataloguePage />, { at: OPEN, role: "admin" });
      await user.click(await screen.findByRole("button", { name: "В архив" }));
      expect(callsOf("POST /api/v1/products/SAVE_ACC/archive")).toEqual([]);
      const dialog = await screen.findByRole("dialog", { name: /Убрать «Накопительный счёт» в архив/ });
      await user.click(within(dialog).getByRole("button", { name: "В архив" }));
      expect(await screen.findByRole("button", { name: "Вернуть из архива" })).toBeVisible();
      expect(callsOf("POST /api/v1/products/SAVE_ACC/archive")[0]?.body).toEqual({ version: 3 });
    },
    SLOW,
  );

  it(
    "lets others read without a way to change",
    async () => {
      await renderPage(<CataloguePage />, { at: OPEN });
      expect(await screen.findByRole("textbox", { name: "Название" })).toHaveAttribute("readonly");
      expect(
        screen.queryByRole("button", { name: /Сохранить|В архив|Новый продукт/ }),
      ).not.toBeInTheDocument();
      expect(screen.queryByRole("tab", { name: "Загрузка из файла" })).not.toBeInTheDocument();
    },
    SLOW,
  );
});

describe("a channel", () => {
  const sms = {
    code: "SMS",
    name: "СМС",
    form: "sms",
    description: "",
    limits: { max_units: 201 },
    short: true,
    part_price: 4.2 as number | null,
    position: 2,
    state: "ready" as const,
    archived_at: null,
    updated_at: "2026-11-20T09:00:00Z",
    version: 3,
  };
  const CHANGE = "PATCH /api/v1/channels/SMS";
  const openSms = () =>
    renderPage(<CataloguePage />, { at: "/catalogue?tab=channels&open=SMS", role: "admin" });

  beforeEach(() => {
    let stored = sms;
    serve({
      "GET /api/v1/channels": () => page(stored),
      "GET /api/v1/channels/SMS": () => stored,
      [CHANGE]: ({ body }: { body: unknown }) => {
        stored = { ...stored, ...(body as Partial<typeof sms>), version: stored.version + 1 };
        return stored;
      },
    });
  });

  it(
    "of SMS has the price of a part, typed with a comma or not known at all",
    async () => {
      const { user } = await openSms();
      const price = await screen.findByLabelText("Цена одной части, ₽");
      expect(price).toHaveValue("4,2");
      await user.clear(price);
      await user.type(price, "5,15");
      await user.click(screen.getByRole("button", { name: "Сохранить" }));
      await waitFor(() => expect(callsOf(CHANGE)[0]?.body).toEqual({ version: 3, part_price: 5.15 }));
      await user.clear(price);
      await user.click(await screen.findByRole("button", { name: "Сохранить" }));
      await waitFor(() => expect(callsOf(CHANGE)[1]?.body).toEqual({ version: 4, part_price: null }));
    },
    SLOW,
  );

  it(
    "of another form has none",
    async () => {
      serve({ "GET /api/v1/channels/SMS": { ...sms, form: "push", part_price: null } });
      await openSms();
      expect(await screen.findByLabelText("Место в списке")).toBeVisible();
      expect(screen.queryByLabelText("Цена одной части, ₽")).toBeNull();
    },
    SLOW,
  );
});

describe("the import", () => {
  const file = new File(["book"], "catalogue.xlsx");
  const row = {
    kind: "product" as const,
    code: "GOLD",
    cell: "A2",
    name: "Золотая карта",
    previous_name: null,
  };
  const report = { dry_run: true, created: [row], updated: [], unchanged: [], warnings: [], errors: [] };

  it(
    "shows what a file changes before it is taken",
    async () => {
      serve({ "POST /api/v1/catalogue/import": report });
      const { user } = await renderPage(<CataloguePage />, { at: "/catalogue?tab=import", role: "admin" });
      await user.upload(await screen.findByLabelText("Выбрать файл", { selector: "input" }), file);
      await user.click(await screen.findByRole("button", { name: "Принять 1 изменение" }));
      expect((await screen.findAllByText(/Каталог загружен/)).length).toBeGreaterThan(0);
      expect(callsOf("POST /api/v1/catalogue/import").map((call) => call.path.split("?")[1])).toEqual([
        "dry_run=true",
        "dry_run=false",
      ]);
    },
    SLOW,
  );

  it(
    "takes the file again after the taking failed",
    async () => {
      const path = "POST /api/v1/catalogue/import";
      let refusals = 1;
      serve({
        [path]: (call: { path: string }) =>
          call.path.endsWith("dry_run=false") && refusals-- > 0
            ? problem(503, { detail: "База данных не отвечает" }, { "Retry-After": "90" })
            : report,
      });
      const { user } = await renderPage(<CataloguePage />, { at: "/catalogue?tab=import", role: "admin" });
      await user.upload(await screen.findByLabelText("Выбрать файл", { selector: "input" }), file);
      await user.click(await screen.findByRole("button", { name: "Принять 1 изменение" }));
      expect(await screen.findByText(/^База данных не отвечает Повторите через 1.мин 30.с/)).toBeVisible();
      await user.click(screen.getByRole("button", { name: "Повторить" }));
      expect((await screen.findAllByText(/Каталог загружен/)).length).toBeGreaterThan(0);
    },
    SLOW,
  );

  it(
    "tells every wrong cell of a refused file",
    async () => {
      const errors = [
        { pointer: "/file/A2", detail: "Ячейка A2: код неизвестен" },
        { pointer: "/file/B3", detail: "Ячейка B3: пустая ячейка" },
      ];
      serve({ "POST /api/v1/catalogue/import": problem(422, { detail: "Файл отклонён", errors }) });
      const { user } = await renderPage(<CataloguePage />, { at: "/catalogue?tab=import", role: "admin" });
      await user.upload(await screen.findByLabelText("Выбрать файл", { selector: "input" }), file);
      expect(await screen.findByText("Ячейка B3: пустая ячейка")).toBeVisible();
      expect(screen.getByText("Ячейка A2: код неизвестен")).toBeVisible();
      expect(screen.queryByRole("button", { name: /Принять/ })).not.toBeInTheDocument();
    },
    SLOW,
  );
});
