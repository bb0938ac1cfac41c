import { useState } from "react";
import type { Draft } from "@/features/review/failure";
import type { Verdict } from "@/features/review/queries";
import type { Entry } from "@/features/review/sitting";

/** What one begins with: what was said of the text before, else nothing. */
function blank(entry: Entry): Draft {
  const text = entry.item.text ?? "";
  if (entry.wanted?.label !== "failure") return { reasons: [], comment: "", text };
  return {
    reasons: entry.wanted.reasons,
    comment: entry.wanted.comment,
    text: entry.wanted.corrected ?? text,
  };
}

function same(one: Draft, other: Draft): boolean {
  return (
    one.comment === other.comment && one.text === other.text && one.reasons.join() === other.reasons.join()
  );
}

interface Drafts {
  of: (entry: Entry) => Draft;
  keep: (entry: Entry, draft: Draft) => void;
  drop: (entry: Entry) => void;
  /** Something typed is neither sent nor given up. */
  dirty: boolean;
}

/** Half-written failures by text: leaving a text and coming back loses nothing. */
export function useDrafts(): Drafts {
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  return {
    of: (entry) => drafts[entry.item.offer_id] ?? blank(entry),
    keep: (entry, draft) =>
      setDrafts(({ [entry.item.offer_id]: _, ...rest }) =>
        same(draft, blank(entry)) ? rest : { ...rest, [entry.item.offer_id]: draft },
      ),
    drop: (entry) => setDrafts(({ [entry.item.offer_id]: _, ...rest }) => rest),
    dirty: Object.keys(drafts).length > 0,
  };
}

/** The verdict that a draft comes to; a text that was emptied or not changed is no correction. */
export function failureOf(draft: Draft, original: string | null): Verdict {
  const text = draft.text.trim();
  return {
    label: "failure",
    reasons: draft.reasons,
    comment: draft.comment.trim(),
    corrected: text && draft.text !== original ? draft.text : null,
  };
}
