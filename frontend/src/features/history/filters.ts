import { useNavigate, useSearch } from "@tanstack/react-router";
import dayjs from "dayjs";
import type { paths } from "@/api/schema";

type Query = NonNullable<paths["/api/v1/offers"]["get"]["parameters"]["query"]>;
type Search = Record<string, string | undefined>;

const LABELS = ["success", "failure", "none"] as const;
const SORTS = ["-created_at", "created_at", "-confidence", "confidence"] as const;
export type Sort = (typeof SORTS)[number];

/** What narrows the history, as it stands in the address. Days are Moscow's and both included. */
export interface Filters {
  q?: string;
  product?: string;
  channel?: string;
  label?: (typeof LABELS)[number];
  reason?: Query["reason"];
  model_version?: string;
  client_id?: string;
  batch_id?: string;
  from?: string;
  to?: string;
  min_confidence?: string;
  max_confidence?: string;
}

export const FILTERS = [
  "q",
  "product",
  "channel",
  "label",
  "reason",
  "model_version",
  "client_id",
  "batch_id",
  "from",
  "to",
  "min_confidence",
  "max_confidence",
] as const satisfies readonly (keyof Filters)[];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What an address may hold of each filter; the rest is a slip of whoever typed it and is left out. */
const SENSIBLE: Partial<Record<keyof Filters, (value: string) => boolean>> = {
  label: (value) => (LABELS as readonly string[]).includes(value),
  from: (value) => DAY.test(value) && dayjs(value).isValid(),
  to: (value) => DAY.test(value) && dayjs(value).isValid(),
  min_confidence: isShare,
  max_confidence: isShare,
};

function isShare(value: string): boolean {
  return value !== "" && Number(value) >= 0 && Number(value) <= 1;
}

function readFilters(search: Search): Filters {
  const known = FILTERS.flatMap((name) => {
    const value = search[name];
    return value && (SENSIBLE[name]?.(value) ?? true) ? [[name, value]] : [];
  });
  return Object.fromEntries(known) as Filters;
}

export function readSort(search: Search): Sort {
  return SORTS.find((sort) => sort === search.sort) ?? "-created_at";
}

function midnight(day: string, further = 0): string {
  return `${dayjs(day).add(further, "day").format("YYYY-MM-DD")}T00:00:00+03:00`;
}

/** The filter in the words of the API. */
export function asQuery(filters: Filters, sort: Sort): Query {
  const { from, to, min_confidence, max_confidence, ...same } = filters;
  return {
    ...same,
    ...(from && { from: midnight(from) }),
    ...(to && { to: midnight(to, 1) }),
    ...(min_confidence && { min_confidence: Number(min_confidence) }),
    ...(max_confidence && { max_confidence: Number(max_confidence) }),
    sort,
  };
}

/** Address of the export of everything that matches. */
export function exportAddress(filters: Filters, sort: Sort, format: string): string {
  const asked = Object.entries({ ...asQuery(filters, sort), format });
  return `/api/v1/offers/export?${new URLSearchParams(asked.map(([name, value]) => [name, String(value)]))}`;
}

interface Address {
  filters: Filters;
  sort: Sort;
  /** The text that stands open. */
  offer: string | undefined;
  /** Change some of the address and leave the rest. */
  go: (changes: Filters & { sort?: Sort; offer?: string }) => void;
  /** Put this filter in place of the present one. */
  replace: (filters: Filters, sort?: Sort) => void;
}

/** What the page shows, read from the address and written to it. */
export function useAddress(): Address {
  const search = useSearch({ from: "/inside/history" });
  const navigate = useNavigate();
  return {
    filters: readFilters(search),
    sort: readSort(search),
    offer: search.offer,
    go: (changes) =>
      void navigate({ to: "/history", search: (now: Search) => ({ ...now, ...changes }), replace: true }),
    replace: (filters, sort) => void navigate({ to: "/history", search: { ...filters, sort } as Search }),
  };
}
