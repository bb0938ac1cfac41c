import { diffArrays } from "diff";
import classes from "./word-diff.module.css";

/** Words, spaces and signs: the package's own words are Latin ones only. */
function tokens(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

interface Run {
  text: string;
  kind: "kept" | "added" | "removed";
}

/** What was changed, word by word. */
export function wordDiff(from: string, to: string): Run[] {
  return diffArrays(tokens(from), tokens(to)).map((part) => ({
    text: part.value.join(""),
    kind: part.added ? "added" : part.removed ? "removed" : "kept",
  }));
}

/** Both texts in one: what left and what came. */
export function WordDiff({ from, to }: { from: string; to: string }) {
  return <p className={classes.diff}>{marked(wordDiff(from, to))}</p>;
}

/** Below this share of common letters the texts are two, and marking nearly every word would say nothing. */
const ALIKE = 0.4;

/** Each text by itself, with the words that the other lacks. */
export function sideBySide(from: string, to: string): { from: Run[]; to: Run[] } {
  const runs = wordDiff(from, to);
  const kept = runs.reduce((sum, run) => sum + (run.kind === "kept" ? run.text.trim().length : 0), 0);
  if (kept >= ALIKE * Math.max(from.length, to.length))
    return { from: side(runs, "removed"), to: side(runs, "added") };
  return { from: [{ text: from, kind: "kept" }], to: [{ text: to, kind: "kept" }] };
}

/** One of the texts; what lies between two changed words is changed with them, or each word would be marked apart. */
function side(runs: readonly Run[], kind: "removed" | "added"): Run[] {
  const own = runs.filter((run) => run.kind === "kept" || run.kind === kind);
  const between = (place: number): boolean =>
    !own[place]?.text.trim() && own[place - 1]?.kind === kind && own[place + 1]?.kind === kind;
  const merged: Run[] = [];
  for (const [place, run] of own.entries()) {
    const now = between(place) ? kind : run.kind;
    const last = merged.at(-1);
    if (last?.kind === now) last.text += run.text;
    else merged.push({ text: run.text, kind: now });
  }
  return merged;
}

/** Runs of a text, drawn by what became of them. */
export function marked(runs: readonly Run[]) {
  let place = 0;
  return runs.map((run) => {
    place += run.text.length;
    const key = `${run.kind}-${place}`;
    if (run.kind === "added") return <ins key={key}>{run.text}</ins>;
    if (run.kind === "removed") return <del key={key}>{run.text}</del>;
    return <span key={key}>{run.text}</span>;
  });
}
