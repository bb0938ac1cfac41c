import { diffArrays } from "diff";
import classes from "@/features/review/review.module.css";

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

export function WordDiff({ from, to }: { from: string; to: string }) {
  let place = 0;
  return (
    <p className={classes.diff}>
      {wordDiff(from, to).map((run) => {
        place += run.text.length;
        const key = `${run.kind}-${place}`;
        if (run.kind === "added") return <ins key={key}>{run.text}</ins>;
        if (run.kind === "removed") return <del key={key}>{run.text}</del>;
        return <span key={key}>{run.text}</span>;
      })}
    </p>
  );
}
