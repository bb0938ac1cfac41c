import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { RulesPage } from "@/features/compliance/page";
import type { Rule, Rules } from "@/features/compliance/queries";
import { renderPage } from "@/testing/render";
import { type Call, callsOf, offline, problem, serve } from "@/testing/server";

const SLOW = 20_000;

function rule(patch: Partial<Rule>): Rule {
  return {
    id: "ADV-FREE",
    title: "Слово «бесплатно» с условиями",
    severity: "block",
    law: "38-ФЗ ст. 5 ч. 7",
    advice: "Назовите условие рядом.",
    products: ["вклад", "ипотека"],
    channels: ["sms", "email"],
    scope: "text",
    enabled: true,
    words: ["даром"],
    comment: null,
    changed_at: null,
    changed_by: null,
    ...patch,
  };
}

const risk = rule({
  id: "CRED-RISK",
  title: "Предупреждение о рисках",
  law: "38-ФЗ ст. 28",
  products: ["ипотека"],
  words: [],
});
const slang = rule({
  id: "ADV-SLANG",
  title: "Без жаргона",
  severity: "warn",
  law: "53-ФЗ ст. 1",
  advice: "Замените слово.",
  words: [],
  comment: "Решение комитета",
  changed_at: "2026-11-20T09:00:00Z",
  changed_by: "lawyer",
});
const rules: Rules = { items: [rule({}), risk, slang], next_cursor: null, total: 3, version: "abc123" };
const page = <T,>(...items: T[]) => ({ items, next_cursor: null, total: items.length });

beforeEach(() => {
  serve({
    "GET /api/v1/compliance/rules": rules,
    "GET /api/v1/products": page(),
    "GET /api/v1/channels": page(),
  });
});

const OPEN = "/rules?open=ADV-FREE";
const SAVE = "Сохранить изменение";
const PATCH = "PATCH /api/v1/compliance/rules/ADV-FREE";

describe("the rules", () => {
  it(
    "are found by any word of theirs, an article too, and by what the bank has changed",
    async () => {
      const { user, address } = await renderPage(<RulesPage />, { at: "/rules" });
      await user.type(await screen.findByRole("textbox", { name: /Номер, название/ }), "ст. 28");
      await waitFor(() => expect(screen.queryByText("Без жаргона")).not.toBeInTheDocument());
      expect(screen.getByText("Предупреждение о рисках")).toBeVisible();
      expect(screen.getByText("1 правило")).toBeVisible();
      await user.clear(screen.getByRole("textbox", { name: /Номер, название/ }));
      await user.click(screen.getByText("Изменённые банком"));
      await waitFor(() => expect(screen.queryByText("Предупреждение о рисках")).not.toBeInTheDocument());
      expect(await screen.findByText("Без жаргона")).toBeVisible();
      expect(address()).toContain("show=changed");
    },
    SLOW,
  );

  it(
    "are changed only with a lawyer's comment, and only what differs is sent",
    async () => {
      const changed = rule({
        enabled: false,
        comment: "Решение юриста",
        changed_by: "admin",
        changed_at: "2026-11-22T09:00:00Z",
      });
      serve({
        [PATCH]: () => {
          serve({ "GET /api/v1/compliance/rules": { ...rules, items: [changed, risk, slang] } });
          return changed;
        },
      });
      const { user } = await renderPage(<RulesPage />, { at: OPEN, role: "admin" });
      const save = await screen.findByRole("button", { name: SAVE });
      expect(save).toBeDisabled();
      await user.click(screen.getByRole("switch", { name: "Правило работает" }));
      expect(screen.getByText(/перестанут задерживаться/)).toBeVisible();
      await user.click(save);
      expect(await screen.findByText(/Напишите, почему/)).toBeVisible();
      expect(callsOf(PATCH)).toEqual([]);
      await user.type(screen.getByRole("textbox", { name: /Комментарий юриста/ }), "Решение юриста");
      await user.click(save);
      expect(await screen.findByText("«Решение юриста»")).toBeVisible();
      expect(callsOf(PATCH).map((call) => call.body)).toEqual([
        { enabled: false, comment: "Решение юриста" },
      ]);
    },
    SLOW,
  );

  it(
    "keep refused words and the comment, with the reason at the words",
    async () => {
      serve({
        [PATCH]: problem(422, { errors: [{ pointer: "/words/1", detail: "«5 рублей» — не слово" }] }),
      });
      const { user } = await renderPage(<RulesPage />, { at: OPEN, role: "admin" });
      await user.type(await screen.findByRole("combobox", { name: /Добавленные слова/ }), "5 рублей{Enter}");
      await user.type(screen.getByRole("textbox", { name: /Комментарий юриста/ }), "Новые слова");
      await user.click(screen.getByRole("button", { name: SAVE }));
      expect(await screen.findByText("«5 рублей» — не слово")).toBeVisible();
      expect(screen.getByText("5 рублей")).toBeVisible();
      expect(screen.getByRole("textbox", { name: /Комментарий юриста/ })).toHaveValue("Новые слова");
      expect(callsOf(PATCH)[0]?.body).toEqual({ words: ["даром", "5 рублей"], comment: "Новые слова" });
    },
    SLOW,
  );

  it(
    "keep the words that another admin has added meanwhile, and take away only what was taken away here",
    async () => {
      serve({ [PATCH]: (call: Call) => rule(call.body as Partial<Rule>) });
      const { user } = await renderPage(<RulesPage />, { at: OPEN, role: "admin" });
      const words = await screen.findByRole("combobox", { name: /Добавленные слова/ });
      await user.type(words, "{Backspace}задаром{Enter}");
      await user.type(screen.getByRole("textbox", { name: /Комментарий юриста/ }), "Новые слова");
      const others = rule({ words: ["даром", "в подарок"] });
      serve({ "GET /api/v1/compliance/rules": { ...rules, items: [others, risk, slang] } });
      await user.click(screen.getByRole("button", { name: SAVE }));
      await waitFor(() => expect(callsOf(PATCH)).toHaveLength(1));
      expect(callsOf(PATCH)[0]?.body).toEqual({ words: ["в подарок", "задаром"], comment: "Новые слова" });
    },
    SLOW,
  );

  it(
    "lose nothing typed when the line breaks",
    async () => {
      serve({ [PATCH]: offline });
      const { user } = await renderPage(<RulesPage />, { at: OPEN, role: "admin" });
      await user.click(await screen.findByRole("radio", { name: "Предупреждение" }));
      await user.type(screen.getByRole("textbox", { name: /Комментарий юриста/ }), "Смягчаем");
      await user.click(screen.getByRole("button", { name: SAVE }));
      expect(await screen.findByText(/Сервер не отвечает/)).toBeVisible();
      expect(screen.getByRole("textbox", { name: /Комментарий юриста/ })).toHaveValue("Смягчаем");
      expect(screen.getByRole("radio", { name: "Предупреждение" })).toBeChecked();
    },
    SLOW,
  );

  it(
    "can be read by all, with who changed them last, but not changed",
    async () => {
      await renderPage(<RulesPage />, { at: "/rules?open=ADV-SLANG" });
      const drawer = await screen.findByRole("dialog");
      expect(within(drawer).getByText("«Решение комитета»")).toBeVisible();
      expect(within(drawer).getByText(/^lawyer, /)).toBeVisible();
      expect(within(drawer).getByText("Замените слово.")).toBeVisible();
      expect(screen.queryByRole("button", { name: SAVE })).not.toBeInTheDocument();
    },
    SLOW,
  );

  it(
    "tell in their history what each change did",
    async () => {
      const entry = { at: "2026-11-20T09:00:00Z", comment: "Решение комитета", version: "abc123" };
      serve({
        "GET /api/v1/compliance/rules/history": page(
          {
            ...entry,
            number: 2,
            actor: "lawyer",
            rule: "ADV-FREE",
            difference: { severity: ["warn", "block"], words: [["даром"], ["даром", "задаром"]] },
          },
          { ...entry, number: 1, actor: "system", rule: null, comment: "", difference: {} },
        ),
      });
      await renderPage(<RulesPage />, { at: "/rules?tab=history" });
      expect(await screen.findByText("предупреждение → запрет")).toBeVisible();
      expect(screen.getByText("добавлены слова: задаром")).toBeVisible();
      expect(screen.getByText("Новый выпуск программы")).toBeVisible();
    },
    SLOW,
  );
});

it.each(["rules", "history"])(
  "what could not be read anew of the tab %s is said to be old",
  async (tab) => {
    serve({ "GET /api/v1/compliance/rules/history": page() });
    const { client } = await renderPage(<RulesPage />, { at: `/rules?tab=${tab}` });
    await screen.findByText(tab === "rules" ? "3 правила" : "Изменений ещё не было");
    const broken = problem(503, { detail: "База не отвечает" });
    serve({ [`GET /api/v1/compliance/rules${tab === "rules" ? "" : "/history"}`]: broken });
    void client.invalidateQueries({ queryKey: ["compliance", tab] });
    expect(await screen.findByRole("alert")).toHaveTextContent("Обновить не удалось");
  },
  SLOW,
);

describe("trying a text", () => {
  it(
    "underlines what is found, counting characters as the API does, and names the law",
    async () => {
      const finding = {
        rule: "ADV-FREE",
        severity: "block",
        law: "38-ФЗ ст. 5 ч. 7",
        start: 2,
        end: 11,
        excerpt: "бесплатно",
        advice: "Назовите условие рядом.",
      };
      serve({
        "POST /api/v1/compliance/check": {
          verdict: "violation",
          findings: [finding],
          rules_version: "abc123",
        },
      });
      const { user } = await renderPage(<RulesPage />, { at: "/rules?tab=try&product=вклад&channelOf=sms" });
      await user.type(await screen.findByRole("textbox", { name: "Текст" }), "🎁 бесплатно всем");
      expect(await screen.findByText("Текст не уйдёт клиенту")).toBeVisible();
      const judged = screen.getByRole("region", { name: "Текст с отмеченными находками" });
      expect(within(judged).getByText("бесплатно", { selector: "mark" })).toBeVisible();
      const list = screen.getByRole("list", { name: "Находки" });
      expect(within(list).getByText("38-ФЗ ст. 5 ч. 7")).toBeVisible();
      expect(callsOf("POST /api/v1/compliance/check").at(-1)?.body).toEqual({
        text: "🎁 бесплатно всем",
        product: "вклад",
        channel: "sms",
      });
    },
    SLOW,
  );
});
