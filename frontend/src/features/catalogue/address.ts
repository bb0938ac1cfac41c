import { useNavigate, useSearch } from "@tanstack/react-router";

type Search = Record<string, string | undefined>;

/** The tab, the filters and the open record stand in the address. */
export function useAddress(): { search: Search; go: (patch: Search, replace?: boolean) => void } {
  const search: Search = useSearch({ from: "/inside/catalogue" });
  const navigate = useNavigate();
  return {
    search,
    go: (patch, replace = false) => {
      void navigate({ to: "/catalogue", search: (now: Search) => ({ ...now, ...patch }), replace });
    },
  };
}
