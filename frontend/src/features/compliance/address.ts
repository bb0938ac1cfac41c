import { useNavigate, useSearch } from "@tanstack/react-router";

export type Search = Record<string, string | undefined>;

/** The tab, the filters and the open rule stand in the address. */
export function useAddress(): { search: Search; go: (patch: Search, replace?: boolean) => void } {
  const search: Search = useSearch({ from: "/inside/rules" });
  const navigate = useNavigate();
  return {
    search,
    go: (patch, replace = false) => {
      void navigate({ to: "/rules", search: (now: Search) => ({ ...now, ...patch }), replace });
    },
  };
}
