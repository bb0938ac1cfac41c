import { expect, test } from "vitest";
import { sideBySide, wordDiff } from "@/ui/word-diff";

test("Russian words change as wholes", () => {
  const runs = wordDiff("Карта для покупок.", "Карта для поездок!");
  expect(runs.filter((run) => run.kind !== "kept").map((run) => [run.kind, run.text])).toEqual([
    ["removed", "покупок."],
    ["added", "поездок!"],
  ]);
});

test("side by side, what lies between changed words is changed with them", () => {
  const { from, to } = sideBySide(
    "Каждый день покупки ждут вас с картой банка.",
    "Каждый день большие скидки ждут вас с картой банка.",
  );
  expect(from.map((run) => [run.kind, run.text])).toContainEqual(["removed", "покупки"]);
  expect(to.map((run) => [run.kind, run.text.trim()])).toContainEqual(["added", "большие скидки"]);
});

test("texts with little in common are left unmarked", () => {
  const { from, to } = sideBySide("Деньги до зарплаты под рукой.", "Летний отпуск начинается дома!");
  expect([...from, ...to].every((run) => run.kind === "kept")).toBe(true);
});
