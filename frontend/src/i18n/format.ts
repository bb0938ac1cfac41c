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

/** A moment for a narrow column: the time of today, else the day and the time, with the year where it is another. */
export function formatMomentShort(iso: string, now = new Date()): string {
  const moment = new Date(iso);
  const day = (at: Date) => new Intl.DateTimeFormat("en-CA", { timeZone: ZONE }).format(at);
  const today = day(moment) === day(now);
  const thisYear = day(moment).slice(0, 4) === day(now).slice(0, 4);
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

const STEPS = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** How long ago, in words: "вчера", "5 минут назад". */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  const step = STEPS.find(([, size]) => seconds >= size);
  return step ? words.format(-Math.floor(seconds / step[1]), step[0]) : words.format(0, "second");
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
