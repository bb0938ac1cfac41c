import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import {
  type Filters,
  leaseTexts,
  type Progress,
  progressQuery,
  releaseTexts,
  type Verdict,
} from "@/features/review/queries";
import {
  type Act,
  ahead,
  EMPTY,
  type Entry,
  handled,
  held,
  reduce,
  type Sitting,
} from "@/features/review/sitting";
import { useSaves } from "@/features/review/use-saves";

/** The next batch is fetched when so many texts are left. */
const REFILL_AT = 5;
const MOST_PUT_ASIDE = 1000;
const RENEW_MS = 120_000;
const STILL_HERE_MS = 5 * 60_000;

interface Work {
  state: Sitting;
  act: (act: Act) => void;
  loading: boolean;
  error: unknown;
  retry: () => void;
  /** Look again, also for what was skipped. */
  again: () => void;
}

/** One reviewer's sitting: texts are leased ahead, labels stored behind, leases given back on leaving. */
export function useSitting(filters: Filters): Work {
  const [state, dispatch] = useReducer(reduce, EMPTY);
  const count = useCount();
  useSaves(state.entries, dispatch, count);
  const now = useRef({ state, filters, gone: false });
  useEffect(() => {
    now.current = { state, filters, gone: false };
  });

  // an answer may come before a render shows that it was asked for, so rounds are counted
  const busy = useRef(false);
  const [round, setRound] = useState(0);
  const free = (): void => {
    busy.current = false;
    setRound((number) => number + 1);
  };
  const lease = useMutation({
    mutationFn: async (asked: Filters) => {
      const items = await leaseTexts(asked, handled(now.current.state).slice(-MOST_PUT_ASIDE));
      if (!now.current.gone && same(asked, now.current.filters)) return items;
      await releaseTexts(items.map((item) => item.offer_id));
      return null;
    },
    networkMode: "always",
    onSuccess: (items) => items && dispatch({ type: "received", items }),
    onSettled: free,
  });
  const { mutate, isError } = lease;
  const fetchTexts = useCallback(
    (asked: Filters): void => {
      if (busy.current) return;
      busy.current = true;
      mutate(asked);
    },
    [mutate],
  );
  const wanting = !state.dry && ahead(state).length <= REFILL_AT;
  const { product, channel, order } = filters;

  // the queue on the server: texts of other filters go back, those in hand are topped up
  const shown = useRef(filters);
  useEffect(() => {
    const asked = { product, channel, order };
    if (same(shown.current, asked)) return;
    shown.current = asked;
    const back = held(now.current.state);
    dispatch({ type: "refill", filters: true });
    if (busy.current || !back.length) {
      void releaseTexts(back);
      return;
    }
    // the same text may match both: it has to be given back before it is asked for again
    busy.current = true;
    void releaseTexts(back).then(() => {
      busy.current = false;
      setRound((number) => number + 1);
    });
  }, [product, channel, order]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round is a chance to ask again
  useEffect(() => {
    if (wanting && !isError) fetchTexts({ product, channel, order });
  }, [wanting, isError, fetchTexts, product, channel, order, round]);

  // the clock of the leases: they are renewed while the reviewer is at the page
  useEffect(() => {
    let seen = Date.now();
    const here = (): void => {
      seen = Date.now();
    };
    const timer = setInterval(() => {
      if (Date.now() - seen < STILL_HERE_MS && held(now.current.state).length) {
        fetchTexts(now.current.filters);
      }
    }, RENEW_MS);
    window.addEventListener("keydown", here);
    window.addEventListener("pointermove", here);
    return () => {
      clearInterval(timer);
      window.removeEventListener("keydown", here);
      window.removeEventListener("pointermove", here);
    };
  }, [fetchTexts]);

  // the tab closes, or another page opens
  useEffect(() => {
    const leave = (): void => void releaseTexts(held(now.current.state));
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      now.current.gone = true;
      leave();
    };
  }, []);

  const act = (one: Act): void => {
    if (one.type === "skip") {
      const id = state.order[state.at];
      const entry = id === undefined ? undefined : state.entries[id];
      if (id && entry && !entry.wanted && !entry.skipped) void releaseTexts([id]);
    }
    dispatch(one);
  };
  return {
    state,
    act,
    loading: wanting && !isError,
    error: lease.error,
    retry: lease.reset,
    again: () => dispatch({ type: "refill", filters: false }),
  };
}

function same(one: Filters, other: Filters): boolean {
  return one.product === other.product && one.channel === other.channel && one.order === other.order;
}

/** Count a stored label at once; the server's own count comes every minute. */
function useCount(): (entry: Entry, verdict: Verdict | null) => void {
  const client = useQueryClient();
  return (entry, verdict) => {
    const step = (verdict ? 1 : 0) - (entry.stored ? 1 : 0);
    client.setQueryData(
      progressQuery.queryKey,
      (known: Progress | undefined) =>
        known && {
          ...known,
          labelled_today: {
            mine: known.labelled_today.mine + step,
            all: known.labelled_today.all + step,
          },
          // a text with a label is here for a second look and was not counted as waiting
          unlabelled: Math.max(0, known.unlabelled - (entry.item.seen === null ? step : 0)),
        },
    );
  };
}
