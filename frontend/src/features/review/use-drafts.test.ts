import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import type { ReviewItem } from "@/features/review/queries";
import type { Entry } from "@/features/review/sitting";
import { useDrafts } from "@/features/review/use-drafts";

const item = { offer_id: "offer-1", text: "Карта для поездок." } as ReviewItem;
const entry: Entry = { item, seen: null, wanted: null, stored: null, saving: "none", skipped: false };

test("what was typed and taken away again keeps nobody on the page", () => {
  const { result } = renderHook(useDrafts);
  const blank = result.current.of(entry);
  act(() => result.current.keep(entry, { ...blank, comment: "скучно" }));
  expect(result.current.dirty).toBe(true);
  expect(result.current.of(entry).comment).toBe("скучно");
  act(() => result.current.keep(entry, { ...blank, comment: "" }));
  expect(result.current.dirty).toBe(false);
});
