import { describe, expect, it } from "vitest";
import { changesOf, clashes, merge } from "@/features/catalogue/draft";

const base = {
  name: "Вклад",
  card: { rate: "15 %", term: "181 день" } as Record<string, string>,
  tags: ["a"],
};

describe("a draft over a versioned record", () => {
  it("sends the changed fields only, without blanks and emptied conditions", () => {
    const draft = { ...base, name: " Вклад ", card: { ...base.card, rate: "", payout: " в конце срока " } };
    expect(changesOf(base, draft)).toEqual({ card: { term: "181 день", payout: "в конце срока" } });
  });

  it("takes no other order of conditions for a change", () => {
    expect(changesOf(base, { ...base, card: { term: "181 день", rate: "15 %" } })).toEqual({});
  });

  it("keeps my edits over their version, condition by condition", () => {
    const mine = { ...base, card: { ...base.card, rate: "16 %" } };
    const theirs = {
      name: "Вклад «Осень»",
      card: { rate: "17 %", term: "90 дней", payout: "да" },
      tags: ["a", "b"],
    };
    expect(merge(base, mine, theirs)).toEqual({
      name: "Вклад «Осень»",
      card: { rate: "16 %", term: "90 дней", payout: "да" },
      tags: ["a", "b"],
    });
    expect(clashes(base, mine, theirs).map(({ path, mine: own }) => [path.join("."), own])).toEqual([
      ["name", false],
      ["card.rate", true],
      ["card.term", false],
      ["card.payout", false],
      ["tags", false],
    ]);
  });

  it("does not bring back a condition that I have removed", () => {
    const { rate: _, ...rest } = base.card;
    expect(merge(base, { ...base, card: rest }, { ...base, name: "Другой" }).card).toEqual({
      term: "181 день",
    });
  });

  const list = (...texts: string[]) => ({ items: texts });

  it("merges a list item by item", () => {
    expect(merge(list("a", "b"), list("a", "mine"), list("b", "theirs"))).toEqual(list("theirs", "mine"));
    expect(merge(list("a", "b", "c"), list("c", "a", "b"), list("a", "b", "c", "d"))).toEqual(
      list("c", "a", "b", "d"),
    );
    expect(merge(list("a", "a"), list("a", "a", "b"), list("a", "c"))).toEqual(list("a", "c", "b"));
  });

  it("knows a benefit by its tag and a hint by its subject", () => {
    const [points, trips] = [
      { tag: "points", text: "Баллы", corpus: 1 },
      { tag: "trips", text: "Поездки" },
    ];
    const mine = {
      items: [{ ...points, text: "Баллы за покупки" }, trips, { tag: "benefit_3", text: "Моя" }],
    };
    const theirs = {
      items: [{ ...trips, text: "Дальние поездки" }, points, { tag: "benefit_3", text: "Их" }],
    };
    expect(merge({ items: [points, trips] }, mine, theirs)).toEqual({
      items: [
        { ...trips, text: "Дальние поездки" },
        { ...points, text: "Баллы за покупки" },
        { tag: "benefit_3", text: "Их" },
        { tag: "benefit_3", text: "Моя" },
      ],
    });
    const hint = { fact: "fuels_often", suits: true, hint: "Заправляется" };
    expect(
      merge(
        { items: [hint] },
        { items: [{ ...hint, hint: "Часто заправляется" }] },
        {
          items: [
            { ...hint, suits: false },
            { segment: "d", suits: true, hint: "Студент" },
          ],
        },
      ),
    ).toEqual({
      items: [
        { fact: "fuels_often", suits: false, hint: "Часто заправляется" },
        { segment: "d", suits: true, hint: "Студент" },
      ],
    });
  });
});
