import { useState } from "react";
import type { Listed } from "@/features/history/queries";

const NOTHING: ReadonlySet<string> = new Set();

/** Which rows are selected: some of those on screen, or everything that matches, seen or not. */
export interface Selection {
  ids: ReadonlySet<string>;
  matching: boolean;
  has: (offer: Listed) => boolean;
  toggle: (offer: Listed, withShift: boolean) => void;
  toggleAll: () => void;
  selectMatching: () => void;
  /** Take off what has been dealt with; what was named beyond it stays selected. */
  finish: (ids: ReadonlySet<string>) => void;
  clear: () => void;
}

interface State {
  /** The filter that the selection was made under; another filter has none. */
  of: string;
  ids: ReadonlySet<string>;
  matching: boolean;
  last: string | null;
}

/** Only an offer with a text can be judged. */
export function canSelect(offer: Listed): boolean {
  return offer.text !== null;
}

function between(rows: readonly Listed[], from: string | null, to: string): Listed[] {
  const ends = [rows.findIndex((row) => row.offer_id === from), rows.findIndex((row) => row.offer_id === to)];
  const [first = -1, last = -1] = ends.sort((a, b) => a - b);
  return rows.slice(first < 0 ? last : first, last + 1).filter(canSelect);
}

export function useSelection(of: string, rows: readonly Listed[]): Selection {
  const [state, setState] = useState<State>({ of, ids: NOTHING, matching: false, last: null });
  const now = state.of === of ? state : { of, ids: NOTHING, matching: false, last: null };
  const loaded = rows.filter(canSelect).map((row) => row.offer_id);
  const put = (ids: ReadonlySet<string>, last: string | null, matching = false): void =>
    setState({ of, ids, matching, last });
  return {
    ids: now.ids,
    matching: now.matching,
    has: (offer) => canSelect(offer) && (now.matching || now.ids.has(offer.offer_id)),
    toggle: (offer, withShift) => {
      // taking one row out of "everything" leaves the rows on screen without it
      const ids = new Set(now.matching ? loaded : now.ids);
      const add = !ids.has(offer.offer_id);
      const touched = withShift ? between(rows, now.last, offer.offer_id) : [offer];
      for (const { offer_id } of touched) {
        if (add) ids.add(offer_id);
        else ids.delete(offer_id);
      }
      put(ids, offer.offer_id);
    },
    toggleAll: () => put(now.matching || now.ids.size > 0 ? NOTHING : new Set(loaded), null),
    selectMatching: () => put(new Set(loaded), null, true),
    finish: (ids) => put(now.matching ? NOTHING : new Set([...now.ids].filter((id) => !ids.has(id))), null),
    clear: () => put(NOTHING, null),
  };
}
