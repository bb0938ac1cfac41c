import { useState } from "react";

/** A change that somebody else has made meanwhile; `mine` says that the reader has changed the same place. */
export interface Clash {
  path: string[];
  before: unknown;
  after: unknown;
  mine: boolean;
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same content whatever the order of keys. */
function stable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stable);
  if (!isFields(value)) return value;
  return Object.keys(value)
    .sort()
    .map((key) => [key, stable(value[key])]);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(stable(a)) === JSON.stringify(stable(b));
}

/** Texts without blanks around them, and no entries of a map that were left empty: what the API accepts. */
function tidy<T>(value: T): T {
  return tidied(value) as T;
}

function tidied(value: unknown): unknown {
  if (typeof value === "string") return value.trim();
  if (Array.isArray(value)) return value.map(tidied);
  return isFields(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, one]) => [key, isFields(one) ? filled(one) : tidied(one)]),
      )
    : value;
}

function filled(map: Fields): Fields {
  return Object.fromEntries(
    Object.entries(map)
      .map(([key, one]) => [key, tidied(one)] as const)
      .filter(([, one]) => one !== "" && one !== undefined),
  );
}

/** The fields that a draft changes, ready to be sent. */
export function changesOf<T extends object>(base: T, draft: T): Partial<T> {
  const [before, after] = [tidy(base), tidy(draft)];
  return Object.fromEntries(
    Object.entries(after).filter(([key, value]) => !same(value, before[key as keyof T])),
  ) as Partial<T>;
}

function keysOf(...all: Fields[]): string[] {
  return [...new Set(all.flatMap((one) => Object.keys(one)))];
}

function mergeFields(base: Fields, mine: Fields, theirs: Fields): Fields {
  const pairs = keysOf(theirs, mine).map((key): [string, unknown] => {
    const [b, m, t] = [base[key], mine[key], theirs[key]];
    if (isFields(b) && isFields(m) && isFields(t)) return [key, mergeFields(b, m, t)];
    if (Array.isArray(b) && Array.isArray(m) && Array.isArray(t)) return [key, mergeLists(b, m, t)];
    return [key, same(b, m) ? t : m];
  });
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

/** What names an item of a list: a benefit its tag, a hint its subject, anything else all of it. */
function nameOf(item: unknown): string {
  const { tag, fact, segment } = isFields(item) ? item : {};
  return tag || fact || segment ? JSON.stringify({ tag, fact, segment }) : contentOf(item);
}

function contentOf(item: unknown): string {
  return JSON.stringify(stable(item));
}

/** Items by what names them; by all that they hold where a name comes twice. */
function named(...lists: unknown[][]): Map<string, unknown>[] {
  const by = (name: (item: unknown) => string) =>
    lists.map((list) => new Map(list.map((item) => [name(item), item])));
  const found = by(nameOf);
  return found.every((items, place) => items.size === lists[place]?.length) ? found : by(contentOf);
}

/** Item by item, in my order if I have changed it. Two items that were added under one name both stay. */
function mergeLists(base: unknown[], mine: unknown[], theirs: unknown[]): unknown[] {
  if (same(base, mine)) return theirs;
  if (same(base, theirs)) return mine;
  const [b = new Map(), m = new Map(), t = new Map()] = named(base, mine, theirs);
  const moved = !same(
    [...m.keys()].filter((name) => b.has(name)),
    [...b.keys()].filter((name) => m.has(name)),
  );
  const names = moved ? [...m.keys(), ...t.keys()] : [...t.keys(), ...m.keys()];
  return [...new Set(names)].flatMap((name) => {
    const [before, own, other] = [b.get(name), m.get(name), t.get(name)];
    if (isFields(before) && isFields(own) && isFields(other)) return [mergeFields(before, own, other)];
    const added = before === undefined && own !== undefined && other !== undefined && !same(own, other);
    if (added) return [other, own];
    return (same(before, own) ? other : own) ?? [];
  });
}

/** Their version with my edits on top; a map, such as the card, and a list are merged entry by entry. */
export function merge<T extends object>(base: T, mine: T, theirs: T): T {
  return mergeFields(base as Fields, mine as Fields, theirs as Fields) as T;
}

/** What a list has that another has not. */
export function missing(from: unknown[], items: unknown[]): unknown[] {
  const known = new Set(from.map(contentOf));
  return items.filter((item) => !known.has(contentOf(item)));
}

/** Where their version differs from the one that I started from. */
export function clashes(base: object, mine: object, theirs: object, path: string[] = []): Clash[] {
  const [b, m, t] = [base, mine, theirs] as [Fields, Fields, Fields];
  return keysOf(b, t).flatMap((key) => {
    if (same(b[key], t[key])) return [];
    const [before, own, after] = [b[key], m[key], t[key]];
    if (isFields(before) && isFields(after)) {
      return clashes(before, isFields(own) ? own : {}, after, [...path, key]);
    }
    return [{ path: [...path, key], before, after, mine: !same(own, before) }];
  });
}

interface Kept<T> {
  version: number;
  base: T;
  draft: T;
  theirs: { version: number; values: T } | null;
}

export interface Draft<T> {
  values: T;
  version: number;
  changes: Partial<T>;
  dirty: boolean;
  conflict: { version: number; clashes: Clash[] } | null;
  set: (patch: Partial<T>) => void;
  discard: () => void;
  /** The record was stored as it stands here; what was typed since `sent` stays a draft. */
  stored: (version: number, values: T, sent: T) => void;
  /** Somebody was faster. */
  outrun: (version: number, values: T) => void;
  /** Go on from their version, with my edits on top. */
  adopt: () => void;
}

/** What a person types over a record of a known version. A fresh record never overwrites it by itself. */
export function useDraft<T extends object>(version: number, values: T): Draft<T> {
  const [kept, setKept] = useState<Kept<T>>({ version, base: values, draft: values, theirs: null });
  const changes = changesOf(kept.base, kept.draft);
  return {
    values: kept.draft,
    version: kept.version,
    changes,
    dirty: Object.keys(changes).length > 0,
    conflict: kept.theirs && {
      version: kept.theirs.version,
      clashes: clashes(kept.base, kept.draft, kept.theirs.values),
    },
    set: (patch) => setKept((now) => ({ ...now, draft: { ...now.draft, ...patch } })),
    discard: () =>
      setKept((now) =>
        now.theirs
          ? { version: now.theirs.version, base: now.theirs.values, draft: now.theirs.values, theirs: null }
          : { ...now, draft: now.base },
      ),
    stored: (fresh, saved, sent) =>
      setKept((now) => ({ version: fresh, base: saved, draft: merge(sent, now.draft, saved), theirs: null })),
    outrun: (fresh, theirs) => setKept((now) => ({ ...now, theirs: { version: fresh, values: theirs } })),
    adopt: () =>
      setKept((now) =>
        now.theirs
          ? {
              version: now.theirs.version,
              base: now.theirs.values,
              draft: merge(now.base, now.draft, now.theirs.values),
              theirs: null,
            }
          : now,
      ),
  };
}
