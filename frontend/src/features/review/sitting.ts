import type { Problem } from "@/api/problem";
import { BATCH, type Label, type ReviewItem, type Verdict } from "@/features/review/queries";

/**
 * How a label stands: `none` there is nothing to store, `waiting` for its turn, `sending`, `saved`, `failed`, or
 * `overtaken` by somebody who was faster.
 */
type Saving = "none" | "waiting" | "sending" | "saved" | "failed" | "overtaken";

/** One text of the sitting. What is on screen (`wanted`) is ahead of what is stored until the two are alike. */
export interface Entry {
  item: ReviewItem;
  /** The last label of the text that this page knows of; a label names it, so that nobody is overwritten unseen. */
  seen: string | null;
  wanted: Verdict | null;
  /** Who said what is on screen, where it is not the reviewer. */
  author?: string;
  /** Undefined when a call failed on the way and may have been carried out. */
  stored: Verdict | null | undefined;
  saving: Saving;
  skipped: boolean;
  problem?: Problem;
  rival?: Label;
}

interface Step {
  id: string;
  former: Verdict | null;
}

export interface Sitting {
  entries: Record<string, Entry>;
  /** The texts in the order in which they came. */
  order: string[];
  /** Place of the text on screen; behind the last one when all are done. */
  at: number;
  /** The last decisions, the latest last. */
  steps: Step[];
  /** Texts with a verdict, the latest decision last. */
  judged: string[];
  /** The queue had nothing new. */
  dry: boolean;
}

export type Act =
  | { type: "received"; items: ReviewItem[] }
  | { type: "decide"; id: string; verdict: Verdict }
  | { type: "skip" }
  | { type: "back" }
  | { type: "go"; id: string }
  | { type: "undo" }
  | { type: "refill"; filters: boolean }
  | { type: "sending"; id: string }
  | { type: "saved"; id: string; verdict: Verdict | null; seen: string | null }
  | { type: "failed"; id: string; problem: Problem }
  | { type: "overtaken"; id: string; rival: Label }
  | { type: "retry"; id: string }
  | { type: "insist"; id: string }
  | { type: "yield"; id: string };

export const EMPTY: Sitting = { entries: {}, order: [], at: 0, steps: [], judged: [], dry: false };
const UNDO_DEPTH = 10;

export function current(state: Sitting): Entry | undefined {
  return entryAt(state, state.at);
}

/** Texts from the one on screen on that wait for a decision. */
export function ahead(state: Sitting): Entry[] {
  return state.order.slice(state.at).flatMap((id) => {
    const entry = state.entries[id];
    return entry && isOpen(entry) ? [entry] : [];
  });
}

/** Texts that the reviewer holds: they are given back on leaving. */
export function held(state: Sitting): string[] {
  return state.order.filter((id) => {
    const entry = state.entries[id];
    return entry && isOpen(entry);
  });
}

/** The last decisions, the latest first. */
export function recent(state: Sitting, number: number): Entry[] {
  return state.judged
    .slice(-number)
    .reverse()
    .flatMap((id) => state.entries[id] ?? []);
}

/** Texts that the queue should not give again in this sitting. */
export function handled(state: Sitting): string[] {
  return state.order.filter((id) => {
    const entry = state.entries[id];
    return entry && !isOpen(entry);
  });
}

export function reduce(state: Sitting, act: Act): Sitting {
  switch (act.type) {
    case "received":
      return received(state, act.items);
    case "decide":
      return decided(state, act.id, act.verdict);
    case "skip":
      return skipped(state);
    case "back":
      return { ...state, at: Math.max(0, state.at - 1) };
    case "go":
      return { ...state, at: Math.max(0, state.order.indexOf(act.id)) };
    case "undo":
      return undone(state);
    case "refill":
      return refilled(state, act.filters);
    case "sending":
      return patched(state, act.id, { saving: "sending" });
    case "saved":
      return saved(state, act.id, act.verdict, act.seen);
    case "failed":
      return patched(state, act.id, {
        saving: "failed",
        problem: act.problem,
        ...(act.problem.offline && { stored: undefined }),
      });
    case "overtaken":
      return patched(state, act.id, { saving: "overtaken", rival: act.rival });
    case "retry":
      return patched(state, act.id, { saving: "waiting", problem: undefined });
    case "insist":
      return insisted(state, act.id);
    case "yield":
      return yielded(state, act.id);
  }
}

function isOpen(entry: Entry): boolean {
  return entry.wanted === null && !entry.skipped;
}

function entryAt(state: Sitting, place: number): Entry | undefined {
  const id = state.order[place];
  return id === undefined ? undefined : state.entries[id];
}

function patched(state: Sitting, id: string, change: Partial<Entry>): Sitting {
  const entry = state.entries[id];
  return entry ? { ...state, entries: { ...state.entries, [id]: { ...entry, ...change } } } : state;
}

function received(state: Sitting, items: ReviewItem[]): Sitting {
  const fresh = items.filter((item) => !state.entries[item.offer_id]);
  const entries = { ...state.entries };
  for (const item of fresh) {
    entries[item.offer_id] = {
      item,
      seen: item.seen,
      wanted: null,
      stored: null,
      saving: "none",
      skipped: false,
    };
  }
  return {
    ...state,
    entries,
    order: [...state.order, ...fresh.map((item) => item.offer_id)],
    dry: !fresh.length && items.length < BATCH,
  };
}

/** The next text that waits for a decision, also one that was left behind; else the place behind the last one. */
function nextOpen(state: Sitting): number {
  const open = held(state).map((id) => state.order.indexOf(id));
  return open.find((place) => place > state.at) ?? open[0] ?? state.order.length;
}

function decided(state: Sitting, id: string, verdict: Verdict): Sitting {
  const entry = state.entries[id];
  if (!entry) return state;
  const steps = [...state.steps, { id, former: entry.wanted }].slice(-UNDO_DEPTH);
  const next = wanting({ ...state, steps }, id, verdict);
  return { ...next, at: nextOpen(next) };
}

/** Put a verdict on screen; a call that is under way is followed by another one when it comes back. */
function wanting(state: Sitting, id: string, verdict: Verdict | null): Sitting {
  const entry = state.entries[id];
  if (!entry) return state;
  const settled = entry.stored === verdict;
  const saving = entry.saving === "sending" ? "sending" : settled ? (verdict ? "saved" : "none") : "waiting";
  const others = state.judged.filter((one) => one !== id);
  return patched({ ...state, judged: verdict ? [...others, id] : others }, id, {
    wanted: verdict,
    author: undefined,
    skipped: false,
    saving,
    problem: undefined,
    rival: undefined,
  });
}

function skipped(state: Sitting): Sitting {
  const entry = current(state);
  if (!entry) return state;
  const next = entry.wanted ? state : patched(state, entry.item.offer_id, { skipped: true });
  return { ...next, at: state.at + 1 < state.order.length ? state.at + 1 : nextOpen(next) };
}

function undone(state: Sitting): Sitting {
  const step = state.steps.at(-1);
  if (!step) return state;
  const next = wanting({ ...state, steps: state.steps.slice(0, -1) }, step.id, step.former);
  return { ...next, at: state.order.indexOf(step.id) };
}

/** Look for texts again. Other filters leave what was decided and drop the rest, which the page gives back. */
function refilled(state: Sitting, filters: boolean): Sitting {
  const kept = state.order.filter((id) => {
    const entry = state.entries[id];
    return entry && (filters ? entry.wanted !== null || entry.saving !== "none" : !entry.skipped);
  });
  const entries = Object.fromEntries(
    kept.flatMap((id) => (state.entries[id] ? [[id, state.entries[id]]] : [])),
  ) as Record<string, Entry>;
  const steps = state.steps.filter((step) => entries[step.id]);
  const next = { entries, order: kept, at: kept.length, steps, judged: state.judged, dry: false };
  return { ...next, at: nextOpen(next) };
}

function saved(state: Sitting, id: string, verdict: Verdict | null, seen: string | null): Sitting {
  const entry = state.entries[id];
  if (!entry) return state;
  const saving = entry.wanted !== verdict ? "waiting" : verdict ? "saved" : "none";
  return patched(state, id, { stored: verdict, seen, saving, problem: undefined });
}

function insisted(state: Sitting, id: string): Sitting {
  const rival = state.entries[id]?.rival;
  return rival ? patched(state, id, { saving: "waiting", seen: rival.id, rival: undefined }) : state;
}

/** Leave the text with the label of whoever was faster. */
function yielded(state: Sitting, id: string): Sitting {
  const rival = state.entries[id]?.rival;
  if (!rival) return state;
  const { label, reasons, comment, corrected_text } = rival;
  const theirs = label ? { label, reasons, comment, corrected: corrected_text } : null;
  const steps = state.steps.filter((step) => step.id !== id);
  return patched({ ...state, steps }, id, {
    wanted: theirs,
    author: theirs ? rival.author : undefined,
    stored: theirs,
    seen: rival.id,
    saving: theirs ? "saved" : "none",
    rival: undefined,
  });
}
