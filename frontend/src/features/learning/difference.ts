import type { Share } from "@/ui/shares";

interface Difference {
  points: number;
  low: number;
  high: number;
  verdict: "better" | "worse" | "same";
}

/**
 * `after` less `before` with the 95% interval of R. G. Newcombe (Statistics in Medicine 17, 1998, method 10), as the
 * quality page counts it for versions that follow one another; nothing where one of them has no labels.
 */
export function difference(before: Share | undefined, after: Share | undefined): Difference | null {
  if (!before || before.rate === null || before.low === null || before.high === null) return null;
  if (!after || after.rate === null || after.low === null || after.high === null) return null;
  const points = after.rate - before.rate;
  const low = points - Math.hypot(after.rate - after.low, before.high - before.rate);
  const high = points + Math.hypot(after.high - after.rate, before.rate - before.low);
  return { points, low, high, verdict: low > 0 ? "better" : high < 0 ? "worse" : "same" };
}
