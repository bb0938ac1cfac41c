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
});
