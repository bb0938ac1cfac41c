import { useNavigate, useSearch } from "@tanstack/react-router";

export type Search = Record<string, string | undefined>;

/** What stands in the address of the page that is open: its tab, its filters, the open record. */
export function useAddress(): { search: Search; go: (patch: Search, replace?: boolean) => void } {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  return {
    search,
    go: (patch, replace = false) => {
      void navigate({ to: ".", search: (now: Search) => ({ ...now, ...patch }), replace });
    },
  };
}
