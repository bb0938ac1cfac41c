import { formatNumber, formatPercent } from "@/i18n/format";

/** Labels from which a share says something: the interval is then narrower than 36 points. */
export const ENOUGH = 30;
/** Below this a group is drawn pale. */
export const ENOUGH_IN_GROUP = 10;

interface Interval {
  low: number | null;
  high: number | null;
}

export function formatShare(share: number | null): string {
  return share === null ? "—" : formatPercent(share);
}

/** "68–79 %" */
export function formatInterval({ low, high }: Interval): string {
  if (low === null || high === null) return "—";
  return `${formatNumber(low * 100)}–${formatPercent(high)}`;
}

/** Percentage points with their sign: "+6", "−1". */
export function formatPoints(difference: number): string {
  const points = Math.round(difference * 100);
  const sign = points > 0 ? "+" : points < 0 ? "−" : "";
  return `${sign}${formatNumber(Math.abs(points))}`;
}
