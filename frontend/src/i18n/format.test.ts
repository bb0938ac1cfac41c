import { expect, it } from "vitest";
import { formatDuration } from "@/i18n/format";

it.each([
  [0.4, "0 с"],
  [59, "59 с"],
  [97, "1 мин 37 с"],
  [312, "5 мин"],
  [3600, "1 ч"],
  [3900, "1 ч 5 мин"],
])("%d seconds are %s", (seconds, said) => {
  expect(formatDuration(seconds).replace(/\s/g, " ")).toBe(said);
});
