import { expect, it } from "vitest";
import { formatAgo, formatBytes, formatDuration } from "@/i18n/format";

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

it.each([
  ["2026-11-23T09:59:30Z", "сейчас"],
  ["2026-11-23T09:55:00Z", "5 минут назад"],
  ["2026-11-22T20:30:00Z", "13 часов назад"],
  ["2026-11-22T09:00:00Z", "вчера"],
  ["2026-11-21T21:30:00Z", "вчера"], // the 22nd in Moscow
  ["2026-11-21T11:00:00Z", "позавчера"],
  ["2026-10-25T10:00:00Z", "29 дней назад"],
  ["2026-10-24T10:00:00Z", "1 месяц назад"],
  ["2026-09-25T10:00:00Z", "1 месяц назад"],
  ["2026-09-24T10:00:00Z", "2 месяца назад"],
  ["2025-11-23T10:00:00Z", "1 год назад"],
])("%s is %s on the 23rd at one o'clock in Moscow", (iso, said) => {
  expect(formatAgo(iso, Date.parse("2026-11-23T10:00:00Z"))).toBe(said);
});
