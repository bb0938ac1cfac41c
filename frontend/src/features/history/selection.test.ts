import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Listed } from "@/features/history/queries";
import { useSelection } from "@/features/history/selection";

const rows = Array.from(
  { length: 1200 },
  (_, place) => ({ offer_id: String(place), text: "Текст." }) as Listed,
);

it("keeps what was ticked beyond one step for the next one", () => {
  const { result } = renderHook(() => useSelection("", rows));
  act(() => result.current.toggleAll());
  act(() => result.current.finish(new Set(rows.slice(0, 1000).map((row) => row.offer_id))));
  expect([...result.current.ids]).toEqual(rows.slice(1000).map((row) => row.offer_id));
});

it("is empty after a step on everything that matches", () => {
  const { result } = renderHook(() => useSelection("", rows));
  act(() => result.current.selectMatching());
  act(() => result.current.finish(new Set(["0"])));
  expect(result.current.ids.size).toBe(0);
  expect(result.current.matching).toBe(false);
});
