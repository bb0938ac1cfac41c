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

/** The day in Moscow: "2026-11-20". */
function dayOf(moment: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: ZONE }).format(moment);
}

/** A moment for a narrow column: the time of today, else the day and the time, with the year where it is another. */
export function formatMomentShort(iso: string, now = new Date()): string {
  const moment = new Date(iso);
  const today = dayOf(moment) === dayOf(now);
  const thisYear = dayOf(moment).slice(0, 4) === dayOf(now).slice(0, 4);
  const date = today
    ? {}
    : ({ day: "numeric", month: "short", year: thisYear ? undefined : "numeric" } as const);
  return new Intl.DateTimeFormat(locale(), {
    timeZone: ZONE,
    ...date,
    hour: "2-digit",
    minute: "2-digit",
  }).format(moment);
}

export function formatDay(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, day: "numeric", month: "long" }).format(
    new Date(iso),
  );
}

/** A day for the axis of a chart: "14 сент." */
export function formatDayShort(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, day: "numeric", month: "short" }).format(
    new Date(iso),
  );
}

const DAY_S = 86_400;

function ago(count: number, unit: Intl.RelativeTimeFormatUnit, numeric: "auto" | "always"): string {
  return new Intl.RelativeTimeFormat(locale(), { numeric }).format(-Math.floor(count), unit);
}

/** How long ago, in words: "5 минут назад", "вчера" by Moscow's calendar, "1 месяц назад" whatever month it is. */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < 60) return ago(0, "second", "auto");
  if (seconds < 3600) return ago(seconds / 60, "minute", "always");
  if (seconds < DAY_S) return ago(seconds / 3600, "hour", "always");
  const days = (Date.parse(dayOf(new Date(now))) - Date.parse(dayOf(new Date(iso)))) / (DAY_S * 1000);
  if (days < 30) return ago(days, "day", "auto");
  return days < 365 ? ago(days / 30, "month", "always") : ago(days / 365, "year", "always");
}

type Unit = "hour" | "minute" | "second" | "byte" | "kilobyte" | "megabyte" | "gigabyte";

function unit(value: number, name: Unit, digits = 0): string {
  const style = { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(locale(), style).format(value);
}

const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte"] as const satisfies readonly Unit[];

/** The size of a file: "340 кБ", "1,4 ГБ"; a kilobyte has 1024 bytes, as in the settings of the server. */
export function formatBytes(bytes: number): string {
  const step = Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** step;
  return unit(value, SIZES[step] ?? "byte", step && value < 10 ? 1 : 0);
}

/** A length of time to two units: "1 ч 5 мин", "12 мин", "40 с"; seconds only below two minutes. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return unit(whole, "second");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours) return minutes ? `${unit(hours, "hour")} ${unit(minutes, "minute")}` : unit(hours, "hour");
  const rest = whole % 60;
  return rest && minutes < 2 ? `${unit(minutes, "minute")} ${unit(rest, "second")}` : unit(minutes, "minute");
}
