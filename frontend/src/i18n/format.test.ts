import { expect, it } from "vitest";
import { formatBytes, formatDuration } from "@/i18n/format";

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

it.each([
  [0, "0 Б"],
  [19, "19 Б"],
  [2048, "2 кБ"],
  [3.42 * 1024 ** 2, "3,4 МБ"],
  [340 * 1024 ** 2, "340 МБ"],
  [2 * 1024 ** 4, "2 048 ГБ"],
])("%d bytes are %s", (bytes, said) => {
  expect(formatBytes(bytes).replace(/\s/g, " ")).toBe(said);
});
