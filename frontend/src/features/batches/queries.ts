import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { isGoing } from "@/api/live";
import { changeItems } from "@/api/pages";
import type { components } from "@/api/schema";
import { upload } from "@/api/upload";
import { countReasons, type Reasons } from "@/features/batches/reasons";
import { firstRows, type Report } from "@/features/batches/report";
import type { Options } from "@/ui/options/options";

type Schemas = components["schemas"];
export type Batch = Schemas["BatchOut"];
export type Status = Batch["status"];
type Started = Schemas["StartedOut"];

const PAGE = 25;
/** How often the list is asked for while a batch of it goes, and when all are over. */
const GOING_MS = 4000;
const RESTING_MS = 30_000;
const LARGEST_PAGE = 200;
/** Clients without a text whose reasons are counted; more of them are of the same kinds. */
const MOST_FAILURES = 1000;

export const LISTS = ["batches", "list"] as const;

export const batchesQuery = (status: Status | undefined) =>
  infiniteQueryOptions({
    queryKey: [...LISTS, status ?? "all"],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/v1/batches", {
          params: { query: { status, limit: PAGE, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some(isGoing)) ? GOING_MS : RESTING_MS,
  });

export const batchQuery = (id: string) =>
  queryOptions({
    queryKey: ["batches", "one", id],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/batches/{batch_id}", { params: { path: { batch_id: id } }, signal })),
  });

/** The beginning of the report of wrong rows; `count` tells one state of it from another. */
export const reportQuery = (id: string, count: number) =>
  queryOptions({
    queryKey: ["batches", "report", id, count],
    queryFn: async ({ signal }): Promise<Report> => {
      const params = { path: { batch_id: id } };
      const call = api.GET("/api/v1/batches/{batch_id}/problems", { params, parseAs: "stream", signal });
      return firstRows((await call).data);
    },
  });

/** Why clients are without a text, the most frequent reason first. Confidence is 0 where there is no text. */
export const reasonsQuery = (id: string, failed: number) =>
  queryOptions({
    queryKey: ["batches", "reasons", id, failed],
    queryFn: async ({ signal }): Promise<Reasons> => {
      const found: Schemas["ListedOut"][] = [];
      let cursor: string | undefined;
      do {
        const filter = { batch_id: id, max_confidence: 0, sort: "confidence", limit: LARGEST_PAGE } as const;
        const params = { query: { ...filter, cursor } };
        const page: Schemas["OfferPage"] = await data(api.GET("/api/v1/offers", { params, signal }));
        found.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor && found.length < MOST_FAILURES);
      return countReasons(found);
    },
  });

/** Show a batch as it is now wherever it stands. */
export function showBatch(client: QueryClient, batch: Batch): void {
  client.setQueryData(batchQuery(batch.batch_id).queryKey, batch);
  changeItems<Batch>(client, LISTS, (one) => (one.batch_id === batch.batch_id ? batch : one));
}

function refreshLists(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: LISTS });
}

interface Asked {
  source: { file: File } | { table: string };
  options: Options;
  campaign: string;
  /** Makes a repeated call safe: the server answers it with the batch that there is. */
  key: string;
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

function start({ source, options, campaign, key, onProgress, signal }: Asked): Promise<Started> {
  const header = { "Idempotency-Key": key };
  const asked = { ...options, ...(campaign && { campaign }) };
  if ("table" in source) {
    const body = { ...asked, table: source.table };
    return data(api.POST("/api/v1/batches", { body, params: { header }, signal }));
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(asked)) form.append(name, String(value));
  form.append("file", source.file, source.file.name);
  return upload("/api/v1/batches", form, { headers: header, onProgress, signal });
}

export function useStart(done: (started: Started) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: start,
    onSuccess: (started) => {
      void refreshLists(client);
      done(started);
    },
  });
}

/** `refused` is told even when the drawer that asked is closed by then. */
function useChange(call: () => Promise<{ data?: Batch }>, refused: (error: Error) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => data(call()),
    onSuccess: (batch) => showBatch(client, batch),
    onError: refused,
    onSettled: () => client.invalidateQueries({ queryKey: ["batches"] }),
  });
}

export const useCancel = (id: string, refused: (error: Error) => void) =>
  useChange(
    () => api.POST("/api/v1/batches/{batch_id}/cancel", { params: { path: { batch_id: id } } }),
    refused,
  );

export const useResume = (id: string, refused: (error: Error) => void) =>
  useChange(
    () => api.POST("/api/v1/batches/{batch_id}/resume", { params: { path: { batch_id: id } } }),
    refused,
  );

/** Addresses of what the browser fetches by itself, so that a large file blocks nothing. */
export const FORMATS = ["xlsx", "csv", "ndjson"] as const;

export function resultsAddress(id: string, format: string): string {
  return `/api/v1/batches/${id}/results?format=${format}`;
}

export function reportAddress(id: string): string {
  return `/api/v1/batches/${id}/problems`;
}
