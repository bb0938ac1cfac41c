import { expect, it } from "vitest";
import { difference } from "@/features/learning/difference";

it("is better or worse only where its interval leaves nothing out", () => {
  const former = { rate: 0.5, low: 0.4, high: 0.6 };
  expect(difference(former, { rate: 0.8, low: 0.7, high: 0.88 })).toMatchObject({ verdict: "better" });
  expect(difference({ rate: 0.8, low: 0.7, high: 0.88 }, former)).toMatchObject({ verdict: "worse" });
  expect(difference(former, { rate: 0.55, low: 0.4, high: 0.7 })?.verdict).toBe("same");
  expect(difference(former, { rate: null, low: null, high: null })).toBeNull();
});

it("is Newcombe's: his example of 56 of 70 against 48 of 80", () => {
  const found = difference({ rate: 0.6, low: 0.4904, high: 0.7004 }, { rate: 0.8, low: 0.6924, high: 0.877 });
  expect(found?.points).toBeCloseTo(0.2, 6);
  expect(found?.low).toBeCloseTo(0.0529, 3);
  expect(found?.high).toBeCloseTo(0.3339, 3);
});
