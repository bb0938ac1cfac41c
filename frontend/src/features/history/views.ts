import { useState } from "react";
import { FILTERS, type Filters, readSort, type Sort } from "@/features/history/filters";

/** A filter that somebody gave a name to. */
interface View {
  name: string;
  filters: Filters;
  sort: Sort;
}

function place(username: string): string {
  return `offerloop.history.views.${username}`;
}

function isView(value: unknown): value is { name: string; filters: Record<string, string>; sort?: string } {
  if (typeof value !== "object" || value === null) return false;
  const { name, filters } = value as Record<string, unknown>;
  return typeof name === "string" && typeof filters === "object" && filters !== null;
}

/** Views as stored; what another version or a curious hand left there is skipped. */
function stored(username: string): View[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place(username)) ?? "[]");
    if (!Array.isArray(found)) return [];
    return found.filter(isView).map(({ name, filters, sort }) => ({
      name,
      filters: Object.fromEntries(FILTERS.flatMap((key) => (filters[key] ? [[key, filters[key]]] : []))),
      sort: readSort({ sort }),
    }));
  } catch {
    return [];
  }
}

/** The saved views of one user, kept in this browser and apart from those of others who use it. */
export function useViews(username: string) {
  const [views, setViews] = useState(() => stored(username));
  // an undo comes late, and other views may have been saved by then
  const change = (make: (now: View[]) => View[]): void => {
    const next = make(stored(username));
    localStorage.setItem(place(username), JSON.stringify(next));
    setViews(next);
  };
  return {
    views,
    /** A name that is taken already gets the new filter. */
    save: (view: View) => change((now) => [...now.filter((one) => one.name !== view.name), view]),
    remove: (name: string) => change((now) => now.filter((one) => one.name !== name)),
    /** Undo a removal, unless the name was taken anew. */
    restore: (view: View, at: number) =>
      change((now) => (now.some((one) => one.name === view.name) ? now : now.toSpliced(at, 0, view))),
  };
}
