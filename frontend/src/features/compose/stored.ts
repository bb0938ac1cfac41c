import { useRef, useState } from "react";

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
    // no room: the page works on, only a reload would lose this
  }
}

export type Change<T> = (update: Partial<T> | ((current: T) => Partial<T>)) => void;

/**
 * State that outlives a reload, in this tab only. It is written at once, not after a render, so that an answer that
 * comes when the page has been left is kept too.
 */
export function useStored<T extends object>(key: string, empty: T): [T, Change<T>] {
  const [value, setValue] = useState(() => read(key, empty));
  const latest = useRef(value);
  const change: Change<T> = (update) => {
    const changed = typeof update === "function" ? update(latest.current) : update;
    latest.current = { ...latest.current, ...changed };
    write(key, latest.current);
    setValue(latest.current);
  };
  return [value, change];
}
