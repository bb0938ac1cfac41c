import { expect, test } from "vitest";
import { wordDiff } from "@/ui/word-diff";

test("Russian words change as wholes", () => {
  const runs = wordDiff("Карта для покупок.", "Карта для поездок!");
  expect(runs.filter((run) => run.kind !== "kept").map((run) => [run.kind, run.text])).toEqual([
    ["removed", "покупок."],
    ["added", "поездок!"],
  ]);
});
