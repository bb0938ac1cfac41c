/** Days as the page counts them: Moscow's, whose clock has stood at UTC+3 since 2014. */
const OFFSET = "+03:00";
const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The day of an address, or nothing where somebody mistyped it. */
export function readDay(text: string | undefined): string | undefined {
  return text && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/** The day it is in Moscow. */
export function today(now = new Date()): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Moscow" }).format(now);
}

/** The moment at which a day begins. */
export function startOf(day: string): string {
  return `${day}T00:00:00${OFFSET}`;
}

/** The Monday of the week in which a moment lies. */
export function mondayOf(moment: string): string {
  const day = today(new Date(moment));
  const sinceMonday = (new Date(day).getUTCDay() + 6) % 7;
  return addDays(day, -sinceMonday);
}
