import { useEffect, useRef, useState } from "react";

function read<T extends object>(key: string, empty: T): T {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? "null");
    return typeof kept === "object" && kept !== null ? { ...empty, ...kept } : empty;
  } catch {
    return empty; // kept by an older page, or the browser keeps nothing: start anew
  }
}

function write(key: string, value: object): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    forget(key); // no room: the page works on, only a reload would lose this
  }
}

function forget(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // the browser keeps nothing at all
  }
}

/** Who draws the state now: an answer may come to a page that was left and opened anew meanwhile. */
const drawn = new Set<(key: string, value: object) => void>();

export type Change<T> = (update: Partial<T> | ((current: T) => Partial<T>)) => void;

/**
 * State that outlives a reload, in this tab only. It is written at once, not after a render, so that an answer that
 * comes when the page has been left is kept too.
 */
export function useStored<T extends object>(key: string, empty: T): [T, Change<T>] {
  const [value, setValue] = useState(() => read(key, empty));
  const latest = useRef(value);
  useEffect(() => {
    const draw = (changed: string, now: object): void => {
      if (changed !== key) return;
      latest.current = now as T;
      setValue(latest.current);
    };
    drawn.add(draw);
    return () => {
      drawn.delete(draw);
    };
  }, [key]);
  const change: Change<T> = (update) => {
    // what is kept may be newer than what a page that was left has seen
    const current = read(key, latest.current);
    const changed = typeof update === "function" ? update(current) : update;
    latest.current = { ...current, ...changed };
    write(key, latest.current);
    for (const draw of drawn) draw(key, latest.current);
  };
  return [value, change];
}
