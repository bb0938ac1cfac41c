import { configure, fireEvent, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { components } from "@/api/schema";
import { HistoryPage } from "@/features/history/page";
import type { Listed } from "@/features/history/queries";
import { renderPage } from "@/testing/render";
import { type Call, callsOf, problem, serve } from "@/testing/server";

// a whole page of rows takes its time on a busy machine
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 60_000 });

const LIST = "GET /api/v1/offers";
let offers: Listed[] = [];

function id(number: number): string {
  return `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

function offer(number: number, more: Partial<Listed> = {}): Listed {
  return {
    offer_id: id(number),
    client_id: 1000 + number,
    product: "CC",
    channel: "SMS",
    text: `Текст номер ${number}.`,
    confidence: 0.71,
    calibrated: false,
    compliance: { verdict: "ok", findings: [] },
    facts: ["часто заправляет автомобиль"],
    product_reason: null,
    variants: [],
    tone: "neutral",
    conditions: "none",
    model_version: "base-2",
    batch_id: null,
    label: null,
    created_at: "2026-11-20T09:30:00Z",
    ...more,
  };
}

function detailed(listed: Listed): components["schemas"]["DetailedOut"] {
  return {
    ...listed,
    request_id: id(1),
    seed: 7,
    features: { age: 52, cnt_tr_oil_3m: 46 },
    events: [],
    fact_codes: ["fuels_often"],
    brief: { product: "CC", facts: ["fuels_often"], benefit: "points", tone: "neutral", comment: "" },
    benefits: { points: "баллы за каждую покупку" },
    candidates: [
      {
        text: listed.text,
        rejected: null,
        score: 0.71,
        score_features: { mean_logprob: -0.4 },
        facts: [],
        benefit: "points",
        temperature: 0.8,
        tokens: {},
        findings: [],
      },
      {
        text: null,
        rejected: "guard",
        score: null,
        score_features: {},
        facts: [],
        benefit: "points",
        temperature: 1,
        tokens: {},
        findings: [{ rule: "ADV-FREE", severity: "block" }],
      },
    ],
    timings: { elapsed_ms: 212 },
    rules_version: "r1",
    card_version: 3,
    parent_id: null,
    author: "anna",
    labels: [],
  };
}

function query(call: Call): URLSearchParams {
  return new URLSearchParams(call.path.split("?")[1]);
}

/** Filters by label only, which is enough to see that a filter reaches the server and what it brings back. */
function list(call: Call): components["schemas"]["OfferPage"] {
  const asked = query(call);
  const label = asked.get("label");
  const found = offers.filter((one) => !label || (one.label ?? "none") === label);
  const from = Number(asked.get("cursor") ?? 0);
  const to = from + Number(asked.get("limit"));
  return {
    items: found.slice(from, to),
    next_cursor: to < found.length ? String(to) : null,
    total: found.length,
    total_is_exact: true,
  };
}

beforeEach(() => {
  // jsdom lays nothing out: without a height no row would be drawn
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1200);
  offers = Array.from({ length: 250 }, (_, place) => offer(place));
  serve({
    [LIST]: list,
    "GET /api/v1/products": { items: [{ code: "CC", name: "Кредитная карта" }], next_cursor: null, total: 1 },
    "GET /api/v1/channels": {
      items: [{ code: "SMS", name: "СМС", form: "sms" }],
      next_cursor: null,
      total: 1,
    },
    "GET /api/v1/bank": { legal_name: "ПАО «Примербанк»" },
    "GET /api/v1/labels/reasons": { items: [{ code: "dull", words: "Скучно, шаблонно" }] },
    "GET /api/v1/quality/rates": { by: "model_version", groups: [] },
  });
  for (const one of offers) serve({ [`GET /api/v1/offers/${one.offer_id}`]: detailed(one) });
});

function open(at = "/history", role: "marketer" | "service" = "marketer") {
  return renderPage(<HistoryPage />, { at, role });
}

async function row(number: number): Promise<HTMLElement> {
  return screen.findByRole("row", { name: new RegExp(`Текст номер ${number}\\.`) });
}

describe("the list", () => {
  it("draws the rows on screen only and tells how many there are", async () => {
    await open();
    await row(0);
    expect(screen.getByText("250 текстов")).toBeInTheDocument();
    expect(screen.getAllByRole("row").length).toBeLessThan(40);
    expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "251");
    expect(within(await row(0)).getByText("Кредитная карта")).toBeInTheDocument();
  });

  it("asks the server for every filter of the address, days in Moscow time and both included", async () => {
    await open(
      "/history?q=карта&product=CC&label=none&from=2026-11-01&to=2026-11-02&min_confidence=0.4&sort=confidence&label_=x",
    );
    await row(0);
    const [call] = callsOf(LIST);
    expect(Object.fromEntries(query(call as Call))).toEqual({
      q: "карта",
      product: "CC",
      label: "none",
      from: "2026-11-01T00:00:00+03:00",
      to: "2026-11-03T00:00:00+03:00",
      min_confidence: "0.4",
      sort: "confidence",
      limit: "100",
    });
  });

  it("keeps a typed filter in the address and leaves a way out where nothing matches", async () => {
    const page = await open("/history?label=failure");
    await screen.findByText("Под отбор ничего не подходит");
    await page.user.type(screen.getByRole("textbox", { name: "Слова из текста" }), "вклад");
    await waitFor(() => expect(decodeURIComponent(page.address())).toContain("q=вклад"));
    await page.user.click(screen.getAllByRole("button", { name: "Сбросить отбор" })[0] as HTMLElement);
    await row(0);
    expect(page.address()).not.toMatch(/label|q=/);
    expect(screen.getByRole("textbox", { name: "Слова из текста" })).toHaveValue("");
  });

  it("sorts by the head of a column and turns round at the second press", async () => {
    const page = await open();
    await row(0);
    await page.user.click(screen.getByRole("button", { name: "Сортировать: Уверенность" }));
    await waitFor(() => expect(page.address()).toContain("sort=-confidence"));
    await page.user.click(await screen.findByRole("button", { name: "Сортировать: Уверенность" }));
    await waitFor(() => expect(page.address()).toContain("sort=confidence"));
    const head = await screen.findByRole("columnheader", { name: /Уверенность/ });
    expect(head).toHaveAttribute("aria-sort", "ascending");
  });

  it("says what broke and tries again", async () => {
    serve({ [LIST]: problem(503, { detail: "База не отвечает" }) });
    const page = await open();
    expect(await screen.findByRole("alert")).toHaveTextContent("База не отвечает");
    serve({ [LIST]: list });
    await page.user.click(screen.getByRole("button", { name: "Повторить" }));
    await row(0);
  });

  it("reads anew, and not on, when it was reading anew that failed", async () => {
    const page = await open();
    await row(0);
    serve({ [LIST]: problem(500, { detail: "Сбой базы" }) });
    void page.client.invalidateQueries({ queryKey: ["offers", "list"] });
    expect(await screen.findByRole("alert")).toHaveTextContent("Обновить не удалось");
    serve({ [LIST]: list });
    await page.user.click(screen.getByRole("button", { name: "Повторить" }));
    await waitFor(() => expect(screen.queryByRole("alert")).not.toBeInTheDocument());
    expect(query(callsOf(LIST).at(-1) as Call).get("cursor")).toBeNull();
  });

  it("keeps a title apart from what follows it", async () => {
    offers[0] = offer(0, { text: "До моря рукой подать\nТекст номер 0." });
    await open();
    expect(await row(0)).toHaveTextContent("До моря рукой подать · Текст номер 0.");
  });

  it("exports what is filtered", async () => {
    const page = await open("/history?label=none&product=CC");
    await row(0);
    await page.user.click(screen.getByRole("button", { name: "Выгрузить" }));
    const link = await screen.findByRole("menuitem", { name: "XLSX" });
    expect(link).toHaveAttribute(
      "href",
      "/api/v1/offers/export?product=CC&label=none&sort=-created_at&format=xlsx",
    );
  });

  it("asks whether the session is alive before a download, which goes on after signing in", async () => {
    const pressed = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    serve({ "GET /api/v1/me": problem(401) });
    const page = await open();
    const me = page.client.getQueryData(["me"]);
    await row(0);
    const choose = async (format: string) => {
      await page.user.click(screen.getByRole("button", { name: "Выгрузить" }));
      await page.user.click(await screen.findByRole("menuitem", { name: format }));
    };
    await choose("CSV");
    await waitFor(() => expect(callsOf("GET /api/v1/me")).toHaveLength(1));
    await waitFor(() => expect(page.client.getQueryState(["me"])?.status).toBe("error"));
    expect(pressed).not.toHaveBeenCalled();
    page.client.setQueryData(["me"], me); // signed in over the page
    await waitFor(() => expect(pressed).toHaveBeenCalledOnce());
    expect(pressed.mock.contexts[0]).toHaveAttribute("href", expect.stringContaining("format=csv"));
    serve({ "GET /api/v1/me": problem(503, { detail: "База не отвечает" }) });
    await choose("XLSX");
    expect(await screen.findByText("База не отвечает")).toBeInTheDocument();
    expect(pressed).toHaveBeenCalledOnce();
    pressed.mockRestore();
  });

  it("says how many rows a sheet of Excel holds where more match", async () => {
    serve({ [LIST]: (call: Call) => ({ ...list(call), total: 2_000_000, total_is_exact: false }) });
    const page = await open();
    await row(0);
    await page.user.click(screen.getByRole("button", { name: "Выгрузить" }));
    expect(await screen.findByRole("menuitem", { name: /XLSX/ })).toHaveTextContent(/1\s048\s575 строк/);
    expect(screen.getByRole("menuitem", { name: "CSV" })).toBeInTheDocument();
  });

  it("keeps saved views apart by user", async () => {
    const page = await open("/history?label=none");
    await row(0);
    await page.user.click(screen.getByRole("button", { name: "Мои отборы" }));
    await page.user.type(await screen.findByRole("textbox", { name: "Название отбора" }), "Без метки{Enter}");
    const stored = JSON.parse(localStorage.getItem("offerloop.history.views.marketer") ?? "[]");
    expect(stored).toEqual([{ name: "Без метки", filters: { label: "none" }, sort: "-created_at" }]);
    page.unmount();
    const again = await open();
    await again.user.click(screen.getByRole("button", { name: "Мои отборы" }));
    await again.user.click(await screen.findByRole("button", { name: "Без метки" }));
    await waitFor(() => expect(again.address()).toContain("label=none"));
    await again.user.click(screen.getByRole("button", { name: "Мои отборы" }));
    await again.user.click(await screen.findByRole("button", { name: "Удалить отбор «Без метки»" }));
    expect(localStorage.getItem("offerloop.history.views.marketer")).toBe("[]");
    await again.user.click(await screen.findByRole("button", { name: "Отменить действие" }));
    expect(JSON.parse(localStorage.getItem("offerloop.history.views.marketer") ?? "[]")).toEqual(stored);
    again.unmount();
    const other = await open("/history", "service");
    await other.user.click(screen.getByRole("button", { name: "Мои отборы" }));
    expect(screen.queryByRole("button", { name: "Без метки" })).not.toBeInTheDocument();
  });
});

describe("the card of a text", () => {
  it("tells everything and walks by the arrow keys", async () => {
    const page = await open();
    await page.user.click(await row(1));
    const card = await screen.findByRole("complementary");
    expect(
      await within(card).findByText("часто заправляет автомобиль", { selector: "li" }),
    ).toBeInTheDocument();
    expect(within(card).getByText(/Отклонён: нарушает закон/)).toBeInTheDocument();
    expect(within(card).getByText("r1")).toBeInTheDocument();
    await page.user.keyboard("{ArrowDown}");
    await waitFor(() => expect(page.address()).toContain(`offer=${id(2)}`));
    await page.user.keyboard("{ArrowUp}{ArrowUp}");
    await waitFor(() => expect(page.address()).toContain(`offer=${id(0)}`));
    expect(within(card).getByRole("button", { name: "Предыдущий" })).toBeDisabled();
    await page.user.keyboard("{ArrowDown}");
    await waitFor(() => expect(page.address()).toContain(`offer=${id(1)}`));
    await page.user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("complementary")).not.toBeInTheDocument());
    expect(within(await row(1)).getByRole("button", { name: /Открыть текст/ })).toHaveFocus();
  });

  it("tells a benefit in the words of the product, never by its tag", async () => {
    serve({ [`GET /api/v1/offers/${id(2)}`]: { ...detailed(offer(2)), benefits: {} } });
    const page = await open();
    await page.user.click(await row(1));
    const card = await screen.findByRole("complementary");
    expect(await within(card).findAllByText("баллы за каждую покупку")).not.toHaveLength(0);
    for (const tried of within(card).getAllByRole("button", { name: /Кандидат|Отклонён/ }))
      await page.user.click(tried);
    expect(await within(card).findAllByText("Температура")).toHaveLength(2);
    expect(within(card).getAllByText("баллы за каждую покупку")).toHaveLength(3);
    await page.user.click(await row(2));
    await waitFor(() => expect(page.address()).toContain(`offer=${id(2)}`));
    await waitFor(() => expect(within(card).queryByText("баллы за каждую покупку")).toBeNull());
    expect(within(card).queryByText("points")).toBeNull();
    expect(within(card).queryByText("Выгода")).toBeNull();
  });

  it("shows a label at once and takes it off the screen when the server refuses", async () => {
    let answer: (response: Response) => void = () => undefined;
    const path = `PUT /api/v1/offers/${id(0)}/label`;
    serve({ [path]: () => new Promise<Response>((resolve) => (answer = resolve)) });
    const page = await open(`/history?offer=${id(0)}`);
    const card = await screen.findByRole("complementary");
    await within(card).findByRole("button", { name: "Успех" });
    await page.user.keyboard("1");
    expect(await within(await row(0)).findByText("Успех")).toBeInTheDocument();
    await page.user.keyboard("1");
    answer(problem(409, { detail: "Этот текст уже отмечен: «неудача», boris" }));
    expect(await within(card).findByRole("alert")).toHaveTextContent("boris");
    await waitFor(async () => expect(within(await row(0)).queryByText("Успех")).not.toBeInTheDocument());
    expect(callsOf(path)).toHaveLength(1);
    expect(callsOf(path)[0]?.body).toMatchObject({ label: "success", seen: null });
  });

  it("keeps what was typed when the correction is refused, and shows why at its field", async () => {
    const errors = [{ pointer: "/corrected_text", detail: "ст. 5: «лучший»" }];
    serve({ [`PUT /api/v1/offers/${id(0)}/label`]: problem(422, { detail: "Нарушает закон", errors }) });
    const page = await open(`/history?offer=${id(0)}`);
    await screen.findByRole("button", { name: "Неудача" });
    await page.user.keyboard("2");
    await page.user.click(await screen.findByRole("checkbox", { name: "Скучно, шаблонно" }));
    const field = screen.getByRole("textbox", { name: "Как надо было написать" });
    await page.user.clear(field);
    await page.user.type(field, "Лучший вклад");
    await page.user.click(screen.getByRole("button", { name: "Сохранить неудачу" }));
    expect(await screen.findByText("ст. 5: «лучший»")).toBeInTheDocument();
    expect(field).toHaveValue("Лучший вклад");
    expect(screen.getByRole("checkbox", { name: "Скучно, шаблонно" })).toBeChecked();
  });

  it("begins a failure with what the former one said, since only the last judgement counts", async () => {
    const label = {
      id: id(77),
      label: "failure" as const,
      reasons: ["dull" as const],
      comment: "Ни о чём",
      corrected_text: "Карта для поездок.",
      author: "boris",
      created_at: "2026-11-21T09:30:00Z",
    };
    const path = `PUT /api/v1/offers/${id(0)}/label`;
    serve({
      [`GET /api/v1/offers/${id(0)}`]: {
        ...detailed(offer(0, { label: "failure" })),
        labels: [label],
      },
      [path]: label,
    });
    const page = await open(`/history?offer=${id(0)}`);
    await screen.findByRole("button", { name: "Неудача" });
    await page.user.keyboard("2");
    const comment = await screen.findByRole("textbox", { name: "Комментарий" });
    expect(comment).toHaveValue("Ни о чём");
    await page.user.type(comment, "!");
    await page.user.click(screen.getByRole("button", { name: "Сохранить неудачу" }));
    await waitFor(() => expect(callsOf(path)).toHaveLength(1));
    expect(callsOf(path)[0]?.body).toMatchObject({
      label: "failure",
      reasons: ["dull"],
      comment: "Ни о чём!",
      corrected_text: "Карта для поездок.",
    });
  });

  it("says that a label was refused when another text is open by then", async () => {
    let answer: (response: Response) => void = () => undefined;
    serve({
      [`PUT /api/v1/offers/${id(0)}/label`]: () => new Promise<Response>((resolve) => (answer = resolve)),
    });
    const page = await open(`/history?offer=${id(0)}`);
    await screen.findByRole("button", { name: "Успех" });
    await page.user.keyboard("1{ArrowDown}");
    await waitFor(() => expect(page.address()).toContain(`offer=${id(1)}`));
    answer(problem(409, { detail: "Этот текст уже отмечен: «неудача», boris" }));
    expect(await screen.findByText(/уже отмечен: «неудача», boris/)).toBeInTheDocument();
    await waitFor(async () => expect(within(await row(0)).queryByText("Успех")).not.toBeInTheDocument());
  });

  it("keeps what was typed of a failure when it is folded, and when another label is refused", async () => {
    serve({ [`PUT /api/v1/offers/${id(0)}/label`]: problem(500, { detail: "Сбой базы" }) });
    const page = await open(`/history?offer=${id(0)}`);
    const unfold = await screen.findByRole("button", { name: "Неудача" });
    await page.user.click(unfold);
    await page.user.type(await screen.findByRole("textbox", { name: "Комментарий" }), "Скучно");
    await page.user.click(unfold);
    expect(screen.queryByRole("textbox", { name: "Комментарий" })).not.toBeInTheDocument();
    await page.user.click(unfold);
    expect(await screen.findByRole("textbox", { name: "Комментарий" })).toHaveValue("Скучно");
    await page.user.click(screen.getByRole("button", { name: "Успех" }));
    expect(await screen.findByText("Сбой базы")).toBeInTheDocument();
    expect(screen.getByRole("textbox", { name: "Комментарий" })).toHaveValue("Скучно");
  });

  it("gives an external system no buttons to judge with", async () => {
    await open(`/history?offer=${id(0)}`, "service");
    await within(await screen.findByRole("complementary")).findByText("r1");
    expect(screen.queryByRole("button", { name: "Успех" })).not.toBeInTheDocument();
  });
});

describe("many at once", () => {
  it("labels the selected rows after a question, and undoes it", async () => {
    serve({
      "POST /api/v1/labels": { labelled: 3, label_ids: ["a", "b", "c"] },
      "POST /api/v1/labels/undo": { undone: 3 },
    });
    const page = await open();
    await page.user.click(within(await row(0)).getByRole("checkbox"));
    fireEvent.click(within(await row(2)).getByRole("checkbox"), { shiftKey: true });
    expect(await screen.findByText("Выбрано 3 текста")).toBeInTheDocument();
    await page.user.click(screen.getByRole("button", { name: "Неудача" }));
    const dialog = await screen.findByRole("dialog", { name: "Отметить 3 текста?" });
    await page.user.dblClick(within(dialog).getByRole("button", { name: "Подтвердить" }));
    await waitFor(() => expect(callsOf("POST /api/v1/labels")).toHaveLength(1));
    expect(callsOf("POST /api/v1/labels")[0]?.body).toMatchObject({
      offer_ids: [id(0), id(1), id(2)],
      label: "failure",
    });
    expect(await within(await row(1)).findByText("Неудача")).toBeInTheDocument();
    await page.user.click(await screen.findByRole("button", { name: "Отменить действие" }));
    await waitFor(() => expect(callsOf("POST /api/v1/labels/undo")).toHaveLength(1));
    expect(callsOf("POST /api/v1/labels/undo")[0]?.body).toEqual({ label_ids: ["a", "b", "c"] });
  });

  it("labels all that match, also those not loaded, and leaves out offers without a text", async () => {
    offers[5] = offer(5, { text: null, error: { code: "no_compliant_text", detail: "не вышло" } });
    serve({ "POST /api/v1/labels": { labelled: 249, label_ids: Array.from({ length: 249 }, String) } });
    const page = await open();
    expect(within(await screen.findByRole("row", { name: /не вышло/ })).getByRole("checkbox")).toBeDisabled();
    await page.user.click(screen.getByRole("checkbox", { name: "Отметить в списке всё загруженное" }));
    await page.user.click(await screen.findByRole("button", { name: "Выбрать все 250, что подходят" }));
    await page.user.click(screen.getByRole("button", { name: "Успех" }));
    await page.user.click(await screen.findByRole("button", { name: "Подтвердить" }));
    await waitFor(() => expect(callsOf("POST /api/v1/labels")).toHaveLength(1));
    const { offer_ids } = (callsOf("POST /api/v1/labels")[0] as Call).body as { offer_ids: string[] };
    expect(offer_ids).toHaveLength(249);
    expect(offer_ids).not.toContain(id(5));
  });

  it("says so when more match than can be labelled at once", async () => {
    offers = Array.from({ length: 1200 }, (_, place) => offer(place));
    serve({ "POST /api/v1/labels": { labelled: 1000, label_ids: ["a"] } });
    const page = await open();
    await row(0);
    await page.user.click(screen.getByRole("checkbox", { name: "Отметить в списке всё загруженное" }));
    await page.user.click(await screen.findByRole("button", { name: /Выбрать первые 1\s000 из подходящих/ }));
    expect(screen.getByText(/За один раз отмечается не больше 1\s000 текстов/)).toBeInTheDocument();
    await page.user.click(screen.getByRole("button", { name: "Успех" }));
    await page.user.click(await screen.findByRole("button", { name: "Подтвердить" }));
    await waitFor(() => expect(callsOf("POST /api/v1/labels")).toHaveLength(1));
    const { offer_ids } = (callsOf("POST /api/v1/labels")[0] as Call).body as { offer_ids: string[] };
    expect(offer_ids).toHaveLength(1000);
    expect(offer_ids[0]).toBe(id(0));
  });

  it("takes the rest at the next step: what has the label already is skipped", async () => {
    offers = Array.from({ length: 1200 }, (_, place) =>
      offer(place, place < 1000 ? { label: "success" } : {}),
    );
    serve({ "POST /api/v1/labels": { labelled: 200, label_ids: ["a"] } });
    const page = await open();
    await row(0);
    await page.user.click(screen.getByRole("checkbox", { name: "Отметить в списке всё загруженное" }));
    await page.user.click(await screen.findByRole("button", { name: /Выбрать первые/ }));
    await page.user.click(screen.getByRole("button", { name: "Успех" }));
    await page.user.click(await screen.findByRole("button", { name: "Подтвердить" }));
    await waitFor(() => expect(callsOf("POST /api/v1/labels")).toHaveLength(1));
    const { offer_ids } = (callsOf("POST /api/v1/labels")[0] as Call).body as { offer_ids: string[] };
    expect(offer_ids).toEqual(Array.from({ length: 200 }, (_, place) => id(1000 + place)));
  });

  it("forgets the selection when the filter changes", async () => {
    const page = await open();
    await page.user.click(within(await row(0)).getByRole("checkbox"));
    await screen.findByText("Выбран 1 текст");
    await page.user.click(screen.getByRole("button", { name: "Сортировать: Время" }));
    await waitFor(() => expect(screen.queryByText("Выбран 1 текст")).not.toBeInTheDocument());
  });
});

it("has no serious fault that axe can see", async () => {
  const page = await open(`/history?offer=${id(1)}`);
  await within(await screen.findByRole("complementary")).findByText("r1");
  const { violations } = await axe.run(page.container, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
});
