import { configure, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { beforeEach, expect, test, vi } from "vitest";
import { ReviewPage } from "@/features/review/page";
import type { ReviewItem } from "@/features/review/queries";
import { renderPage } from "@/testing/render";
import { type Answers, type Call, callsOf, problem, serve } from "@/testing/server";

interface Stored {
  id: string;
  label: "success" | "failure" | null;
  author: string;
  corrected_text: string | null;
  reasons: string[];
}

/** The part of the API that the page talks to, with its rules: leases, the last label counts, 409 on an unseen one. */
class FakeApi {
  left: ReviewItem[] = [];
  readonly labels = new Map<string, Stored[]>();
  readonly asked: Record<string, unknown>[] = [];
  readonly released: string[] = [];
  refusal: { status: number; times: number } = { status: 500, times: 0 };
  private number = 0;

  fill(count: number, change: Partial<ReviewItem> = {}): void {
    this.left = Array.from({ length: count }, (_, place) => ({ ...textNumber(place + 1), ...change }));
  }

  say(id: string, author: string, label: Stored["label"], rest: Partial<Stored> = {}): Stored {
    this.number += 1;
    const said = { id: `label-${this.number}`, label, author, corrected_text: null, reasons: [], ...rest };
    this.labels.set(id, [said, ...(this.labels.get(id) ?? [])]);
    return said;
  }

  last(id: string): Stored | undefined {
    return this.labels.get(id)?.[0];
  }
}

// whole pages on a busy machine take their time
vi.setConfig({ testTimeout: 60_000 });
configure({ asyncUtilTimeout: 10_000 });

let fake = new FakeApi();

function textNumber(number: number): ReviewItem {
  return {
    offer_id: `offer-${number}`,
    client_id: number,
    product: "CC",
    channel: "SMS",
    text: `Текст номер ${number}.`,
    confidence: 0.51,
    calibrated: true,
    compliance: { verdict: "ok", findings: [] },
    facts: ["часто заправляет автомобиль"],
    product_reason: null,
    variants: [],
    tone: "neutral",
    conditions: "none",
    model_version: "base-1",
    batch_id: null,
    label: null,
    created_at: "2026-11-20T09:00:00Z",
    fact_codes: ["drives"],
    features: { gender: 1, age: 41 },
    events: [],
    seen: null,
    leased_until: "2026-11-22T09:05:00Z",
  };
}

const PROGRESS = {
  labelled_today: { mine: 3, all: 8 },
  unlabelled: 120,
  shared: { pairs: 0, same: 0, agreement: null, kappa: null, open_conflicts: 0, conflicts: [] },
};
const FINDING = {
  rule: "superlative",
  severity: "block",
  law: "ст. 5 Закона о рекламе",
  start: 0,
  end: 1,
  excerpt: "лучший",
  advice: "Уберите превосходную степень",
};
const REASONS = [
  { code: "senseless", words: "Нет смысла" },
  { code: "grammar", words: "Ошибка в языке" },
  { code: "wrong_fact", words: "Не к этому клиенту" },
];
const pageOf = (items: unknown[]) => ({ items, next_cursor: null, total: items.length });

/** The label calls of one text. */
function labelCalls(id: string): Answers {
  return {
    [`PUT /api/v1/offers/${id}/label`]: (call: Call) => {
      const body = call.body as Stored & { seen: string | null };
      if (fake.refusal.times > 0) {
        fake.refusal.times -= 1;
        return problem(fake.refusal.status, { detail: "Сбой хранилища" });
      }
      if (body.corrected_text?.includes("лучший")) {
        const errors = [{ pointer: "/corrected_text", detail: "ст. 5: «лучший»" }];
        return problem(422, { detail: "Исправленный текст нарушает закон", errors });
      }
      if ((fake.last(id)?.id ?? null) !== body.seen)
        return problem(409, { detail: "Этот текст уже отмечен" });
      const { label, reasons, corrected_text } = body;
      return fake.say(id, "marketer", label, { reasons, corrected_text });
    },
    [`DELETE /api/v1/offers/${id}/label`]: () => {
      fake.say(id, "marketer", null);
      return undefined;
    },
    [`GET /api/v1/offers/${id}/labels`]: () => ({ items: fake.labels.get(id) ?? [] }),
  };
}

beforeEach(() => {
  fake = new FakeApi();
  serve({
    "POST /api/v1/review/queue": (call: Call) => {
      const body = call.body as Record<string, unknown> & { size: number; put_aside: string[] };
      fake.asked.push(body);
      const free = fake.left.filter(
        (item) => !fake.last(item.offer_id)?.label && !body.put_aside.includes(item.offer_id),
      );
      return { items: free.slice(0, body.size) };
    },
    "POST /api/v1/review/release": (call: Call) => {
      const { offer_ids } = call.body as { offer_ids: string[] };
      fake.released.push(...offer_ids);
      return { released: offer_ids.length };
    },
    "GET /api/v1/review/progress": PROGRESS,
    "GET /api/v1/labels/reasons": { items: REASONS },
    "GET /api/v1/products": pageOf([{ code: "CC", name: "Кредитная карта" }]),
    "GET /api/v1/channels": pageOf([{ code: "SMS", name: "СМС", form: "sms", limits: {} }]),
    "GET /api/v1/bank": { names: ["Примербанк"] },
    "POST /api/v1/compliance/check": (call: Call) => {
      const bad = (call.body as { text: string }).text.includes("лучший");
      return { verdict: bad ? "violation" : "ok", findings: bad ? [FINDING] : [], rules_version: "1" };
    },
  });
  for (let number = 1; number <= 60; number += 1) serve(labelCalls(`offer-${number}`));
});

function open(at = "/review") {
  return renderPage(<ReviewPage />, { at });
}

function shows(number: number): Promise<HTMLElement> {
  return screen.findByText(`Текст номер ${number}.`);
}

function labelsOf(number: number): (string | null)[] {
  return (fake.labels.get(`offer-${number}`) ?? []).map((said) => said.label);
}

test("sixty texts are reviewed without a mouse", async () => {
  fake.fill(60);
  const { user } = await open();
  for (let number = 1; number <= 60; number += 1) {
    await shows(number);
    if (number % 10 === 0) {
      await user.keyboard("2");
      await screen.findByRole("checkbox", { name: /Ошибка в языке/ });
      await user.keyboard("2{Control>}{Enter}{/Control}");
    } else await user.keyboard("1");
  }
  await screen.findByText("Всё размечено");
  await waitFor(() => expect(fake.labels.size).toBe(60));
  expect(fake.asked.length).toBeLessThan(10);
  expect(fake.last("offer-9")?.label).toBe("success");
  expect(fake.last("offer-10")).toMatchObject({
    label: "failure",
    reasons: ["grammar"],
    corrected_text: null,
  });
  expect([...fake.labels.values()].every((said) => said.length === 1)).toBe(true);
}, 180_000);

test("a skipped text is given back, is not labelled and can be returned to", async () => {
  fake.fill(2);
  const { user } = await open();
  await shows(1);
  await user.keyboard("{ArrowRight}");
  await shows(2);
  await waitFor(() => expect(fake.released).toEqual(["offer-1"]));
  await user.keyboard("{ArrowLeft}");
  await shows(1);
  await user.keyboard("{ArrowRight}1");
  await screen.findByText(/Вы пропустили 1 текст/);
  expect(labelsOf(1)).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Проверить ещё раз" }));
  await shows(1);
});

test("undo takes the last labels back, the latest first", async () => {
  fake.fill(3);
  const { user } = await open();
  await shows(1);
  await user.keyboard("1");
  await shows(2);
  await user.keyboard("1");
  await shows(3);
  await waitFor(() => expect(fake.labels.size).toBe(2));
  await user.keyboard("z");
  await shows(2);
  await waitFor(() => expect(labelsOf(2)).toEqual([null, "success"]));
  await user.keyboard("z");
  await shows(1);
  await waitFor(() => expect(labelsOf(1)).toEqual([null, "success"]));
  await user.keyboard("2{Control>}{Enter}{/Control}");
  await waitFor(() => expect(labelsOf(1)).toEqual(["failure", null, "success"]));
});

test("a correction shows its changes and its faults, and keys are letters while one types", async () => {
  fake.fill(2);
  const { user } = await open();
  await shows(1);
  await user.keyboard("e");
  const field = await screen.findByRole("textbox", { name: "Как надо" });
  expect(field).toHaveFocus();
  await user.keyboard("{End} лучший 12");
  await screen.findByText("Так нельзя: исправьте отмеченное");
  expect(screen.getByText("Уберите превосходную степень")).toBeInTheDocument();
  expect(screen.getByText("лучший 12", { exact: false, selector: "ins" })).toBeInTheDocument();
  expect(screen.getByRole("checkbox", { name: /Нет смысла/ })).not.toBeChecked();
  await user.clear(field);
  await user.keyboard("Текст короче.");
  await screen.findByText("Проверка пройдена");
  await user.keyboard("{Control>}{Enter}{/Control}");
  await shows(2);
  await waitFor(() =>
    expect(fake.last("offer-1")).toMatchObject({ label: "failure", corrected_text: "Текст короче." }),
  );
});

test("what the server refuses stays written and is opened again at its field", async () => {
  fake.fill(2);
  const { user } = await open();
  await shows(1);
  await user.keyboard("e");
  const field = await screen.findByRole("textbox", { name: "Как надо" });
  await user.clear(field);
  await user.keyboard("Самый лучший{Control>}{Enter}{/Control}");
  const alert = await screen.findByRole("alert");
  await user.click(within(alert).getByRole("button", { name: "Открыть" }));
  const again = await screen.findByRole("textbox", { name: "Как надо" });
  expect(again).toHaveValue("Самый лучший");
  expect(again).toBeInvalid();
});

test("a failed save is shown and can be repeated, while the work goes on", async () => {
  fake.fill(3);
  fake.refusal = { status: 500, times: 1 };
  const { user } = await open();
  await shows(1);
  await user.keyboard("1");
  await shows(2);
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("1 оценка не сохранена");
  expect(labelsOf(1)).toEqual([]);
  await user.click(within(alert).getByRole("button", { name: "Повторить все" }));
  await waitFor(() => expect(labelsOf(1)).toEqual(["success"]));
  await waitFor(() => expect(screen.queryByRole("alert")).not.toBeInTheDocument());
});

test("a busy server is asked again by itself", async () => {
  fake.fill(2);
  fake.refusal = { status: 503, times: 1 };
  const { user } = await open();
  await shows(1);
  await user.keyboard("1");
  await waitFor(() => expect(labelsOf(1)).toEqual(["success"]));
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test("who was faster is told, and one decides", async () => {
  fake.fill(3);
  const { user } = await open();
  await shows(1);
  fake.say("offer-1", "boris", "failure");
  fake.say("offer-2", "boris", "failure");
  await user.keyboard("1");
  await screen.findByText(/boris уже поставил/);
  await user.click(screen.getByRole("button", { name: "Поставить мою" }));
  await waitFor(() => expect(labelsOf(1)).toEqual(["success", "failure"]));
  await user.keyboard("1");
  await user.click(await screen.findByRole("button", { name: "Оставить как есть" }));
  await waitFor(() => expect(screen.queryByRole("alert")).not.toBeInTheDocument());
  expect(labelsOf(2)).toEqual(["failure"]);
  const recent = within(screen.getByRole("navigation", { name: "Последние оценки" }));
  await user.click(recent.getByRole("button", { name: /^Оценка boris: Неудача/ }));
  await shows(2);
  expect(screen.getByText("Оценка boris: Неудача")).toBeInTheDocument();
  await user.keyboard("1");
  await waitFor(() => expect(labelsOf(2)).toEqual(["success", "failure"]));
  expect(recent.queryByRole("button", { name: /boris/ })).not.toBeInTheDocument();
});

test("a second look names the label it may follow", async () => {
  const first = fake.say("offer-1", "boris", "failure");
  fake.fill(1, { seen: first.id });
  fake.labels.set("offer-1", []);
  const { user } = await open();
  await shows(1);
  fake.labels.set("offer-1", [first]);
  await user.keyboard("1");
  await waitFor(() => expect(labelsOf(1)).toEqual(["success", "failure"]));
});

test("filters stand in the address; other filters give the texts back", async () => {
  fake.fill(2);
  const { user, address, unmount } = await open("/review?channel=SMS&order=valuable");
  await shows(1);
  expect(fake.asked[0]).toMatchObject({ channel: "SMS", order: "valuable" });
  await user.click(screen.getByRole("combobox", { name: "Сначала" }));
  await user.click(await screen.findByRole("option", { name: "Новые" }));
  await waitFor(() => expect(fake.asked.at(-1)).toMatchObject({ channel: "SMS", order: "newest" }));
  expect(address()).toContain("order=newest");
  expect(fake.released).toEqual(["offer-1", "offer-2"]);
  await shows(1);
  fake.released.length = 0;
  unmount();
  await waitFor(() => expect(fake.released).toEqual(["offer-1", "offer-2"]));
});

test("a word that settles a difference keeps why the text failed and how it should have read", async () => {
  fake.fill(1);
  const said = { comment: "", created_at: "2026-11-22T09:00:00Z" };
  const conflict = {
    offer_id: "offer-1",
    product: "CC",
    channel: "SMS",
    text: "Текст",
    label: "failure",
    decided: false,
    labels: [
      { ...said, author: "anna", label: "success", reasons: [], corrected_text: null },
      { ...said, author: "boris", label: "failure", reasons: ["grammar"], corrected_text: "Текст лучше" },
    ],
  };
  const shared = { pairs: 1, same: 0, agreement: 0, kappa: null, open_conflicts: 1, conflicts: [conflict] };
  const put = "PUT /api/v1/offers/offer-1/label";
  serve({ "GET /api/v1/review/progress": { ...PROGRESS, shared }, [put]: {} });
  const { user } = await open();
  await user.click(await screen.findByRole("button", { name: /Согласие/ }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.click(await dialog.findByRole("button", { name: "Неудача" }));
  await waitFor(() => expect(callsOf(put)).toHaveLength(1));
  expect(callsOf(put)[0]?.body).toEqual({
    label: "failure",
    reasons: ["grammar"],
    comment: "",
    corrected_text: "Текст лучше",
  });
});

test("the page and its open failure can be used with a screen reader", async () => {
  fake.fill(2);
  const { user, container } = await open();
  await shows(1);
  await user.keyboard("1");
  await shows(2);
  await user.keyboard("2");
  await screen.findByRole("checkbox", { name: /Нет смысла/ });
  // jsdom draws nothing, so contrast cannot be measured here
  const found = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  expect(found.violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
});
