import { formatNumber, formatPercent } from "@/i18n/format";

/** What is known of a share, with its 95% interval; nothing without labels. */
export interface Share {
  rate: number | null;
  low: number | null;
  high: number | null;
}

export function formatShare(share: number | null): string {
  return share === null ? "—" : formatPercent(share);
}

/** "68–79 %" */
export function formatInterval({ low, high }: Omit<Share, "rate">): string {
  if (low === null || high === null) return "—";
  return `${formatNumber(low * 100)}–${formatPercent(high)}`;
}

/** Percentage points with their sign: "+6", "−1". */
export function formatPoints(difference: number, digits = 0): string {
  const shown = formatNumber(Math.abs(difference) * 100, digits);
  const sign = Number((difference * 100).toFixed(digits));
  return `${sign > 0 ? "+" : sign < 0 ? "−" : ""}${shown}`;
}
