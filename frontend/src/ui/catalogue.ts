import { queryOptions } from "@tanstack/react-query";
import { api, data } from "@/api/client";

const RARELY = 5 * 60_000;
const MOST = 200;

/** Products that texts can be written about, in the order of the catalogue. */
export const productsOnSaleQuery = queryOptions({
  queryKey: ["products", "ready"],
  queryFn: () => data(api.GET("/api/v1/products", { params: { query: { state: "ready", limit: MOST } } })),
  select: (page) => page.items,
  staleTime: RARELY,
});

/** Channels that texts can be written for, in the order of the catalogue. */
export const channelsInUseQuery = queryOptions({
  queryKey: ["channels", "ready"],
  queryFn: () => data(api.GET("/api/v1/channels", { params: { query: { state: "ready", limit: MOST } } })),
  select: (page) => page.items,
  staleTime: RARELY,
});

/** How the bank is called, for the sender's line of a preview. */
export const bankQuery = queryOptions({
  queryKey: ["bank"],
  queryFn: () => data(api.GET("/api/v1/bank")),
  staleTime: RARELY,
});
