import { useNavigate, useSearch } from "@tanstack/react-router";
import { readDay } from "@/features/quality/period";

export const GROUPS = ["model_version", "product", "channel", "segment", "tone"] as const;
export type Grouping = (typeof GROUPS)[number];
export const REASON_GROUPS = ["product", "channel"] as const;
export type ReasonGrouping = (typeof REASON_GROUPS)[number];

/** What narrows every number of the page; the days are both inside. */
export interface Filters {
  product?: string;
  channel?: string;
  model_version?: string;
  from?: string;
  to?: string;
}

const NO_FILTERS = {
  product: undefined,
  channel: undefined,
  model_version: undefined,
  from: undefined,
  to: undefined,
};

function oneOf<Known extends string>(known: readonly Known[], text: string | undefined): Known | undefined {
  return known.find((one) => one === text);
}

/** The state of the page, which stands in the address. */
export function useQualitySearch() {
  const search = useSearch({ from: "/inside/quality" });
  const navigate = useNavigate();
  const filters: Filters = {
    product: search.product,
    channel: search.channel,
    model_version: search.model_version,
    from: readDay(search.from),
    to: readDay(search.to),
  };
  const change = (changes: Record<string, string | undefined>): void => {
    void navigate({ to: "/quality", search: (old) => ({ ...old, ...changes }), replace: true });
  };
  return {
    filters,
    narrowed: Object.values(filters).some(Boolean),
    by: oneOf(GROUPS, search.by) ?? "model_version",
    reasonsBy: oneOf(REASON_GROUPS, search.reasons_by),
    tables: search.view === "table",
    change,
    reset: () => change(NO_FILTERS),
  };
}
