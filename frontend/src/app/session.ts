import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema";

export type User = components["schemas"]["UserOut"];
export type Role = User["role"];

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => data(api.GET("/api/v1/me")),
  retry: false,
  staleTime: 5 * 60_000,
});

/** The signed-in user; pages inside the shell have one. */
export function useMe(): User | undefined {
  return useQuery(meQuery).data;
}
