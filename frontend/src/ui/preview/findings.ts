import type { components } from "@/api/schema";

export type Finding = components["schemas"]["FindingOut"];

/** A run of the text with the findings that cover it. */
interface Run {
  from: number;
  text: string;
  findings: Finding[];
}

/** The place in UTF-16 units of each Unicode character, and of the end. */
function unitPlaces(text: string): number[] {
  const places = [0];
  for (const sign of text) places.push((places.at(-1) ?? 0) + sign.length);
  return places;
}

/**
 * Cut `text` between `from` and `to` (UTF-16 units) where findings begin and end. Findings count Unicode characters of
 * the whole text; what stands partly outside is drawn where it is inside, and a finding without a place is left out.
 */
export function runsOf(text: string, findings: readonly Finding[], from = 0, to = text.length): Run[] {
  const places = unitPlaces(text);
  const spans = findings.flatMap((finding) => {
    const start = Math.max(places[finding.start] ?? text.length, from);
    const end = Math.min(places[finding.end] ?? text.length, to);
    return start < end ? [{ start, end, finding }] : [];
  });
  const cuts = [...new Set([from, to, ...spans.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1] ?? to;
    return {
      from: start,
      text: text.slice(start, end),
      findings: spans.filter((span) => span.start <= start && span.end >= end).map((span) => span.finding),
    };
  });
}
