import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { changeItems } from "@/api/pages";
import type { components } from "@/api/schema";
import { asQuery, type Filters, type Sort } from "@/features/history/filters";

export type Listed = components["schemas"]["ListedOut"];
export type Detailed = components["schemas"]["DetailedOut"];
export type Candidate = components["schemas"]["CandidateOut"];
export type Label = components["schemas"]["LabelOut"];
export type Judgement = components["schemas"]["LabelIn"];
type OfferPage = components["schemas"]["OfferPage"];

const PAGE = 100;
const LARGEST_PAGE = 200;
/** The API labels no more at once. */
export const MOST_AT_ONCE = 1000;
const LISTS = ["offers", "list"] as const;

/** The history, page after page. While it is open it stays as it was read until somebody asks anew: rows must not run away. */
export function offersQuery(filters: Filters, sort: Sort) {
  return infiniteQueryOptions({
    queryKey: [...LISTS, filters, sort],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/v1/offers", {
          params: {
            query: { ...asQuery(filters, sort), limit: PAGE, ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
    gcTime: 0,
  });
}

export function offerQuery(id: string) {
  return queryOptions({
    queryKey: ["offers", "one", id],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/offers/{offer_id}", { params: { path: { offer_id: id } }, signal })),
    staleTime: 60_000,
    refetchOnMount: "always",
  });
}

export const reasonsQuery = queryOptions({
  queryKey: ["labels", "reasons"],
  queryFn: () => data(api.GET("/api/v1/labels/reasons")),
  select: (answer) => answer.items,
  staleTime: 60 * 60_000,
});

/** Model versions that have written texts, the latest first. */
export const versionsQuery = queryOptions({
  queryKey: ["history", "versions"],
  queryFn: () => data(api.GET("/api/v1/quality/rates", { params: { query: { by: "model_version" } } })),
  select: (answer) => answer.groups.flatMap((group) => group.key ?? []).reverse(),
  staleTime: 5 * 60_000,
});

/** Up to `MOST_AT_ONCE` texts that match and are not labelled so yet, in the order shown; only a text can be labelled. */
export async function matchingIds(filters: Filters, sort: Sort, label: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query = { ...asQuery(filters, sort), limit: LARGEST_PAGE, ...(cursor && { cursor }) };
    const page: OfferPage = await data(api.GET("/api/v1/offers", { params: { query } }));
    const open = page.items.filter((offer) => offer.text !== null && offer.label !== label);
    ids.push(...open.map((offer) => offer.offer_id));
    cursor = page.next_cursor;
  } while (cursor && ids.length < MOST_AT_ONCE);
  return ids.slice(0, MOST_AT_ONCE);
}

/** Show a label in every list that holds one of these texts, without asking the server. */
export function showLabel(client: QueryClient, ids: ReadonlySet<string>, label: string | null): void {
  changeItems<Listed>(client, LISTS, (offer) => (ids.has(offer.offer_id) ? { ...offer, label } : offer));
  for (const id of ids) {
    client.setQueryData<Detailed>(["offers", "one", id], (offer) => offer && { ...offer, label });
  }
}

/** Read again what is on screen; used where the server knows better than this page. */
export function refreshOffers(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ["offers"] });
}
