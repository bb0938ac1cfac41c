import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { renderPage } from "@/testing/render";
import { type Call, callsOf, offline, problem, serve } from "@/testing/server";
import { workbook } from "@/testing/workbook";
import { ComposePage } from "./page";

const OFFER_ID = "01939b1e-6c1f-7b3a-8c55-0d4c1f1f2a10";
const LABEL_ID = "01939b1e-6c1f-7b3a-8c55-0d4c1f1f2a11";
const WRITE = "POST /api/v1/offers";
const THEIR_LABEL_ID = "01939b1e-6c1f-7b3a-8c55-0d4c1f1f2a12";
const LABEL = `PUT /api/v1/offers/${OFFER_ID}/label`;
const TAKE_BACK = `DELETE /api/v1/offers/${OFFER_ID}/label`;
const LABELS = `GET /api/v1/offers/${OFFER_ID}/labels`;

function page<T>(items: T[]) {
  return { items, next_cursor: null, total: items.length };
}

const offer = {
  offer_id: OFFER_ID,
  client_id: 1,
  product: "DC",
  channel: "SMS",
  text: "Карта ПАО «Примербанк» для дороги",
  confidence: 0.83,
  calibrated: true,
  compliance: { verdict: "ok", findings: [] },
  facts: ["часто заправляет автомобиль"],
  product_reason: "клиент много ездит",
  variants: [
    {
      text: "Второй текст о карте",
      confidence: 0.5,
      compliance: { verdict: "ok", findings: [] },
    },
  ],
};
const answer = { model_version: "base-2", elapsed_ms: 212, offers: [offer] };

function label(call: Call) {
  const body = call.body as { label: string; reasons: string[]; corrected_text: string | null };
  return { ...body, id: LABEL_ID, comment: "", author: "marketer", created_at: "2026-11-22T09:00:00Z" };
}

const theirs = {
  id: THEIR_LABEL_ID,
  label: "failure",
  reasons: ["dull"],
  comment: "",
  corrected_text: null,
  author: "ivan",
  created_at: "2026-11-22T09:01:00Z",
};

const LAWFUL = { verdict: "ok", findings: [], rules_version: "1" };

beforeEach(() => {
  serve({
    "GET /api/v1/products": page([{ code: "DC", name: "Дебетовая карта" }]),
    "GET /api/v1/channels": page([
      { code: "SMS", name: "СМС", form: "sms", short: true, limits: { max_units: 201 }, part_price: 4.2 },
      { code: "EMAIL", name: "Письмо", form: "email", short: false, limits: {} },
    ]),
    "GET /api/v1/limits": { short: 2, long: 1, deadline_ms: 2000 },
    "GET /api/v1/bank": { legal_name: "ПАО «Примербанк»" },
    "GET /api/v1/labels/reasons": { items: [{ code: "dull", words: "Скучно, шаблонно" }] },
    [WRITE]: answer,
    [LABEL]: label,
  });
});

const submit = () => screen.findByRole("button", { name: /^Написать (\d+ )?текст/ });

async function open(role: "marketer" | "service" = "marketer") {
  const result = await renderPage(<ComposePage />, { at: "/new", role });
  await screen.findByLabelText("Возраст, лет");
  return result;
}

async function written(role: "marketer" | "service" = "marketer") {
  const result = await open(role);
  await result.user.click(await submit());
  await screen.findByText(offer.text);
  return result;
}

describe("one client", () => {
  it("is sent with what is known of it only, and the text is shown with its reason and facts", async () => {
    const { user } = await open();
    await user.type(screen.getByLabelText("Возраст, лет"), "52,7");
    await user.type(screen.getByLabelText("Топливо"), "46");
    await user.click(await submit());
    expect(await screen.findByText(offer.text)).toBeVisible();
    expect(screen.getByText(/клиент много ездит/)).toBeVisible();
    expect(screen.getByText("1 часть · 4,20 ₽")).toBeVisible();
    expect(screen.getByText("часто заправляет автомобиль")).toBeVisible();
    expect(callsOf(WRITE)[0]?.body).toMatchObject({
      product: "auto",
      channel: "SMS",
      clients: [{ client_id: 1, features: { age: "52,7", cnt_tr_oil_3m: "46" }, events: [] }],
    });
  });

  it("keeps what was typed when the line breaks, and repeats the same call under the same key", async () => {
    const { user } = await open();
    serve({ [WRITE]: offline });
    await user.type(screen.getByLabelText("Возраст, лет"), "40");
    await user.click(await submit());
    expect(await screen.findByRole("alert")).toHaveTextContent("Сервер не отвечает");
    expect(screen.getByLabelText("Возраст, лет")).toHaveValue("40");
    serve({ [WRITE]: answer });
    await user.click(await submit());
    await screen.findByText(offer.text);
    const [first, second] = callsOf(WRITE).map((call) => call.headers.get("Idempotency-Key"));
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toBe(first);
    await user.click(await submit());
    await waitFor(() => expect(callsOf(WRITE)).toHaveLength(3));
    expect(callsOf(WRITE)[2]?.headers.get("Idempotency-Key")).not.toBe(first);
  });

  it("survives a reload together with the answer", async () => {
    const { user, unmount } = await open();
    await user.type(screen.getByLabelText("Возраст, лет"), "40");
    await user.click(await submit());
    await screen.findByText(offer.text);
    unmount();
    await open();
    expect(screen.getByLabelText("Возраст, лет")).toHaveValue("40");
    expect(await screen.findByText(offer.text)).toBeVisible();
  });

  it("shows a refusal at its field", async () => {
    const { user } = await open();
    serve({
      [WRITE]: problem(422, {
        detail: "Проверьте отмеченные поля",
        errors: [{ pointer: "/clients/0/features/age", detail: "не может быть больше 120" }],
      }),
    });
    await user.type(screen.getByLabelText("Возраст, лет"), "200");
    await user.click(await submit());
    expect(await screen.findByText("не может быть больше 120")).toBeVisible();
    expect(screen.getByLabelText("Возраст, лет")).toBeInvalid();
  });

  it("is sent once by a double click", async () => {
    const { user } = await open();
    await user.dblClick(await submit());
    await screen.findByText(offer.text);
    expect(callsOf(WRITE)).toHaveLength(1);
  });

  it("can be tried with an example", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "Попробовать на примере" }));
    await screen.findByText(offer.text);
    expect(callsOf(WRITE)[0]?.body).toMatchObject({
      variants: 3,
      clients: [{ client_id: 101, features: { age: "38", super_clust: "d. Масс-ЗП без согласия БКИ" } }],
    });
  });
});

describe("several clients", () => {
  it("are counted on the button, twenty-one of them too", async () => {
    serve({ "GET /api/v1/limits": { short: 40, long: 1, deadline_ms: 2000 } });
    const { user } = await open();
    expect(await screen.findByRole("button", { name: /^Написать текст/ })).toBeVisible();
    await user.click(screen.getByText("Несколько"));
    await user.click(screen.getByLabelText("Таблица или JSON"));
    await user.paste(`age\n${"30\n".repeat(21)}`);
    expect(await screen.findByRole("button", { name: /^Написать 21 текст/ })).toBeVisible();
  });

  it("go without the rows that are wrong, and not above the limit unless cut", async () => {
    const { user } = await open();
    await user.click(screen.getByText("Несколько"));
    await user.click(screen.getByLabelText("Таблица или JSON"));
    await user.paste("client_id;age\n1;52\n2;много\n3;30\n4;31");
    expect(await screen.findByText(/Строка 3, age: нужно число/)).toBeVisible();
    expect(await submit()).toBeDisabled();
    await user.click(await screen.findByRole("button", { name: "Взять первых 2" }));
    await user.click(await submit());
    await screen.findByText(offer.text);
    expect(callsOf(WRITE)[0]?.body).toMatchObject({ clients: [{ client_id: 1 }, { client_id: 3 }] });
  });

  it("come from the first sheet of a workbook; an old one is refused and what was read stays", async () => {
    const { user } = await open();
    await user.click(screen.getByText("Несколько"));
    const choose = (content: BlobPart, name: string) => {
      const input = document.querySelector<HTMLInputElement>('input[type="file"]');
      return user.upload(input as HTMLInputElement, new File([content], name));
    };
    const rows = [
      ["client_id", "age"],
      [1, 52.7],
      ["A-2", "много"],
      [3, null],
      [4, 31],
    ];
    await choose(workbook(rows), "клиенты.xlsx");
    expect(await screen.findByText(/Строка 3, age: нужно число, а не «много»/)).toBeVisible();
    expect(screen.getByText("Из файла клиенты.xlsx")).toBeVisible();
    await choose("…", "старые.xls");
    expect(await screen.findByText(/в старом формате \.xls/)).toBeVisible();
    await user.click(await screen.findByRole("button", { name: "Взять первых 2" }));
    await user.click(await submit());
    await screen.findByText(offer.text);
    expect(callsOf(WRITE)[0]?.body).toMatchObject({
      clients: [
        { client_id: 1, features: { age: "52.7" } },
        { client_id: 3, features: {} },
      ],
    });
  });

  it("name the row of the table that the server refuses", async () => {
    const { user } = await open();
    serve({
      [WRITE]: problem(422, {
        detail: "Проверьте",
        errors: [{ pointer: "/clients/1/features/age", detail: "не бывает" }],
      }),
    });
    await user.click(screen.getByText("Несколько"));
    await user.click(screen.getByLabelText("Таблица или JSON"));
    await user.paste("client_id;age\n1;52\n2;x\n3;300");
    await user.click(await submit());
    expect(await screen.findByText("Строка 4, age: не бывает")).toBeVisible();
  });
});

describe("a written text", () => {
  it("is labelled at one click, seen as unlabelled, and the label is put right when it is refused", async () => {
    const { user } = await written();
    await user.click(screen.getByRole("button", { name: "Успех" }));
    expect(screen.getByRole("button", { name: "Успех" })).toHaveAttribute("aria-pressed", "true");
    await waitFor(() => expect(callsOf(LABEL)[0]?.body).toMatchObject({ label: "success", seen: null }));
    serve({
      [LABEL]: problem(409, { detail: "Этот текст уже отмечен: «неудача», ivan" }),
      [LABELS]: { items: [theirs] },
    });
    await user.click(screen.getByRole("button", { name: "Неудача" }));
    expect(await screen.findByText(/уже отмечен/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Неудача" })).toHaveAttribute("aria-pressed", "true");
    expect(callsOf(LABEL)[1]?.body).toMatchObject({ seen: LABEL_ID });
  });

  it("keeps a colleague's later label when one's own is taken back", async () => {
    const { user } = await written();
    const success = screen.getByRole("button", { name: "Успех" });
    await user.click(success);
    await waitFor(() => expect(callsOf(LABEL)).toHaveLength(1));
    serve({ [LABELS]: { items: [theirs] }, [TAKE_BACK]: undefined });
    await user.click(success);
    expect(await screen.findByText(/ivan: Неудача/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Неудача" })).toHaveAttribute("aria-pressed", "true");
    expect(callsOf(TAKE_BACK)).toHaveLength(0);
  });

  it("shows the label of who spoke while one's own was being taken back", async () => {
    const { user } = await written();
    const success = screen.getByRole("button", { name: "Успех" });
    await user.click(success);
    await waitFor(() => expect(callsOf(LABEL)).toHaveLength(1));
    const own = { ...theirs, id: LABEL_ID, label: "success", reasons: [] };
    serve({
      [LABELS]: { items: [own] },
      [TAKE_BACK]: () => {
        serve({ [LABELS]: { items: [theirs, own] } });
        return problem(409, { detail: "Этот текст уже отмечен" });
      },
    });
    await user.click(success);
    expect(await screen.findByText(/ivan: Неудача/)).toBeVisible();
    expect(callsOf(TAKE_BACK)).toHaveLength(1);
  });

  it("loses its label when one's own is taken back", async () => {
    const { user } = await written();
    const success = screen.getByRole("button", { name: "Успех" });
    await user.click(success);
    await waitFor(() => expect(callsOf(LABEL)).toHaveLength(1));
    const own = { ...theirs, id: LABEL_ID, label: "success", reasons: [] };
    serve({
      [LABELS]: { items: [own] },
      [TAKE_BACK]: () => serve({ [LABELS]: { items: [{ ...own, id: THEIR_LABEL_ID, label: null }, own] } }),
    });
    await user.click(success);
    await waitFor(() => expect(callsOf(TAKE_BACK)).toHaveLength(1));
    expect(success).toHaveAttribute("aria-pressed", "false");
  });

  it("is not shown as labelled when the refusal comes after another text was opened", async () => {
    let refuse = (): void => undefined;
    const refused = new Promise<Response>((resolve) => {
      refuse = () => resolve(problem(500, { title: "Сбой" }));
    });
    serve({ [LABEL]: () => refused });
    const { user } = await written();
    await user.click(screen.getByRole("button", { name: "Успех" }));
    await user.click(screen.getByRole("tab", { name: "Вариант 2" }));
    refuse();
    expect(await screen.findByText("Метка не сохранена")).toBeVisible();
    await user.click(screen.getByRole("tab", { name: "Вариант 1" }));
    expect(screen.getByRole("button", { name: "Успех" })).toHaveAttribute("aria-pressed", "false");
  });

  it("is not shown as labelled when the refusal comes after the page was left and opened anew", async () => {
    let refuse = (): void => undefined;
    const refused = new Promise<Response>((resolve) => {
      refuse = () => resolve(problem(500, { title: "Сбой" }));
    });
    serve({ [LABEL]: () => refused });
    const { user, unmount } = await written();
    await user.click(screen.getByRole("button", { name: "Успех" }));
    unmount();
    await open();
    const success = await screen.findByRole("button", { name: "Успех" });
    expect(success).toHaveAttribute("aria-pressed", "true");
    refuse();
    await waitFor(() => expect(success).toHaveAttribute("aria-pressed", "false"));
  });

  it("takes a correction on the second try when somebody labelled it meanwhile", async () => {
    serve({
      "POST /api/v1/compliance/check": LAWFUL,
      [LABEL]: problem(409, { detail: "Этот текст уже отмечен: «неудача», ivan" }),
      [LABELS]: { items: [theirs] },
    });
    const { user } = await written();
    await user.click(screen.getByRole("button", { name: "Исправить" }));
    const pen = screen.getByLabelText("Исправление");
    await user.clear(pen);
    await user.paste("хорошая карта");
    await screen.findByText("Замечаний нет");
    const save = screen.getByRole("button", { name: "Сохранить исправление" });
    await user.click(save);
    expect(await screen.findByText(/уже отмечен/)).toBeVisible();
    expect(pen).toHaveValue("хорошая карта");
    serve({ [LABEL]: label });
    await user.click(save);
    expect(await screen.findByRole("tab", { name: "Исправленный" })).toBeVisible();
    expect(callsOf(LABEL).map(({ body }) => (body as { seen: string | null }).seen)).toEqual([
      null,
      THEIR_LABEL_ID,
    ]);
  });

  it("is replaced only after a question while a correction is typed", async () => {
    serve({ "POST /api/v1/compliance/check": LAWFUL });
    const { user } = await written();
    await user.click(screen.getByRole("button", { name: "Исправить" }));
    await user.paste(" и ещё");
    await user.click(await submit());
    const question = () => screen.findByRole("dialog", { name: "Исправление не сохранено" });
    await user.click(within(await question()).getByRole("button", { name: "Отмена" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(callsOf(WRITE)).toHaveLength(1);
    expect(screen.getByLabelText("Исправление")).toHaveValue(`${offer.text} и ещё`);
    await user.click(await submit());
    await user.click(within(await question()).getByRole("button", { name: "Написать без сохранения" }));
    await waitFor(() => expect(callsOf(WRITE)).toHaveLength(2));
    expect(await screen.findByText(offer.text)).toBeVisible();
  });

  it("gives the keyboard to the pen when it is taken, not when a reload brings it back", async () => {
    serve({ "POST /api/v1/compliance/check": LAWFUL });
    const { user, unmount } = await written();
    await user.click(screen.getByRole("button", { name: "Исправить" }));
    expect(screen.getByLabelText("Исправление")).toHaveFocus();
    unmount();
    await open();
    expect(await screen.findByLabelText("Исправление")).not.toHaveFocus();
  });

  it("cannot be labelled or corrected by an outside system", async () => {
    await written("service");
    expect(screen.queryByRole("button", { name: "Успех" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Исправить" })).toBeNull();
    expect(screen.getByRole("button", { name: "Скопировать" })).toBeVisible();
  });

  it("is corrected under the eyes of the guard: nothing unlawful is saved", async () => {
    serve({
      "POST /api/v1/compliance/check": ({ body }: Call) => {
        const bad = (body as { text: string }).text.includes("лучшая");
        const law = {
          rule: "best",
          severity: "block",
          law: "ст. 5 38-ФЗ",
          excerpt: "лучшая",
          advice: "Уберите",
        };
        return {
          verdict: bad ? "violation" : "ok",
          findings: bad ? [{ ...law, start: 0, end: 6 }] : [],
          rules_version: "1",
        };
      },
    });
    const { user } = await written();
    await user.click(screen.getByRole("button", { name: "Исправить" }));
    const pen = screen.getByLabelText("Исправление");
    const save = screen.getByRole("button", { name: "Сохранить исправление" });
    await user.clear(pen);
    await user.click(pen);
    await user.paste("лучшая карта");
    expect(await screen.findByText(/Нарушает закон/)).toBeVisible();
    expect(save).toBeDisabled();
    await user.clear(pen);
    await user.paste("хорошая карта");
    await screen.findByText("Замечаний нет");
    await user.click(save);
    await waitFor(() =>
      expect(callsOf(LABEL)[0]?.body).toMatchObject({ label: "failure", corrected_text: "хорошая карта" }),
    );
    const tab = await screen.findByRole("tab", { name: "Исправленный" });
    expect(tab).toHaveAttribute("aria-selected", "true");
  });

  it("is written anew after a wish, beside the first one", async () => {
    serve({
      [`POST /api/v1/offers/${OFFER_ID}/regenerate`]: {
        ...answer,
        offers: [{ ...offer, offer_id: LABEL_ID, text: "Коротко о карте", variants: [] }],
        parent_id: OFFER_ID,
        comment_understood: true,
      },
    });
    const { user } = await written();
    await user.click(screen.getByRole("button", { name: "Написать заново" }));
    const form = await screen.findByRole("dialog");
    await user.click(within(form).getByRole("button", { name: "короче" }));
    await user.click(within(form).getByRole("button", { name: "Написать" }));
    expect(await screen.findByText("Коротко о карте")).toBeVisible();
    expect(screen.getByRole("tab", { name: "Заново: короче" })).toHaveAttribute("aria-selected", "true");
    await user.click(screen.getByRole("tab", { name: "Вариант 2" }));
    expect(screen.getByText("Второй текст о карте")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Успех" })).toBeNull();
  });

  it("that is not there can be asked for again", async () => {
    const none = {
      ...offer,
      text: null,
      compliance: null,
      variants: [],
      error: { code: "no_compliant_text", detail: "Ни один вариант не поместился" },
    };
    serve({
      [WRITE]: { ...answer, offers: [none] },
      [`POST /api/v1/offers/${OFFER_ID}/regenerate`]: {
        ...answer,
        offers: [{ ...offer, offer_id: LABEL_ID }],
        parent_id: OFFER_ID,
        comment_understood: null,
      },
    });
    const { user } = await open();
    await user.click(await submit());
    expect(await screen.findByText("Ни один вариант не поместился")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Написать заново" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Написать" }));
    expect(await screen.findByText(offer.text)).toBeVisible();
  });
});
