import { i18next } from "@/i18n";

/** Dates and numbers as the reader writes them; times are Moscow's, as everywhere in the bank. */
const ZONE = "Europe/Moscow";

function locale(): string {
  return i18next.language === "en" ? "en-GB" : "ru-RU";
}

export function formatNumber(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

export function formatPercent(share: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(share);
}

export function formatMoment(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, dateStyle: "short", timeStyle: "short" }).format(
    new Date(iso),
  );
}

export function formatDay(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, day: "numeric", month: "long" }).format(
    new Date(iso),
  );
}
