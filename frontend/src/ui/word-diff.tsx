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

interface SideBySide {
  from: Run[];
  to: Run[];
  /** The texts have enough in common for their differences to be marked. */
  alike: boolean;
}

/** Each text by itself, with the words that the other lacks. */
export function sideBySide(from: string, to: string): SideBySide {
  const runs = wordDiff(from, to);
  const kept = runs.reduce((sum, run) => sum + (run.kind === "kept" ? run.text.trim().length : 0), 0);
  const alike = kept >= ALIKE * Math.max(from.length, to.length);
  if (!alike) return { from: [{ text: from, kind: "kept" }], to: [{ text: to, kind: "kept" }], alike };
  return {
    from: runs.filter((run) => run.kind !== "added"),
    to: runs.filter((run) => run.kind !== "removed"),
    alike,
  };
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
