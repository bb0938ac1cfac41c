import { useNavigate, useSearch } from "@tanstack/react-router";

export const TABS = ["versions", "runs", "promotions"] as const;
type Tab = (typeof TABS)[number];

interface Change {
  tab?: Tab;
  version?: string;
  run?: string;
}

/** The list that is shown and what stands open in the drawer, from the address and into it. */
export function useAddress(): { tab: Tab; version?: string; run?: string; go: (change: Change) => void } {
  const search = useSearch({ from: "/inside/models" });
  const navigate = useNavigate();
  return {
    tab: TABS.find((one) => one === search.tab) ?? "versions",
    version: search.version,
    run: search.run,
    go: (change) =>
      void navigate({
        to: "/models",
        search: (old: Record<string, string | undefined>) => ({ ...old, ...change }),
        replace: "tab" in change,
      }),
  };
}
