import dayjs from "dayjs";

/** Moscow has kept this difference since 2014; the log is read in Moscow time wherever the reader sits. */
const MOSCOW = "+03:00";
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Today in Moscow, as an address holds it. */
export function today(now = new Date()): string {
  return new Date(now.getTime() + 3 * 3600_000).toISOString().slice(0, 10);
}

export function shifted(day: string, days: number): string {
  return dayjs(day).add(days, "day").format("YYYY-MM-DD");
}

/** A day of the address; anything else is no day. */
export function dayOf(text: string | undefined): string | undefined {
  return text && DAY.test(text) && dayjs(text).format("YYYY-MM-DD") === text ? text : undefined;
}

/** The moments between which the days lie, the last one whole. */
export function moments(from: string | undefined, to: string | undefined): { from?: string; to?: string } {
  return {
    from: from && `${from}T00:00:00${MOSCOW}`,
    to: to && `${shifted(to, 1)}T00:00:00${MOSCOW}`,
  };
}
