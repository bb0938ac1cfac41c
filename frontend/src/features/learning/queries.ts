import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Version = Schemas["VersionOut"];
export type VersionInFull = Schemas["VersionDetail"];
export type Versions = Schemas["VersionsOut"];
export type Serving = Schemas["ServingOut"];
export type Promotion = Schemas["PromotionOut"];
export type Readiness = Schemas["ReadinessOut"];
export type Abilities = Schemas["AbilitiesOut"];
export type Run = Schemas["RunOut"];
export type RunInFull = Schemas["RunDetail"];
export type Learner = NonNullable<Schemas["RunIn"]["learners"]>[number];

/** Runs also start, and versions change, by themselves. */
const REFRESH_MS = 30_000;
const PAGE = 20;

export const versionsQuery = queryOptions({
  queryKey: ["learning", "versions"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/model-versions", { signal })),
  refetchInterval: REFRESH_MS,
});

export const versionQuery = (name: string) =>
  queryOptions({
    queryKey: ["learning", "version", name],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/model-versions/{name}", { params: { path: { name } }, signal })),
  });

/** The success rate of each version with its interval, as the quality page counts it. */
export const versionRatesQuery = queryOptions({
  queryKey: ["learning", "rates"],
  queryFn: ({ signal }) =>
    data(api.GET("/api/v1/quality/rates", { params: { query: { by: "model_version" } }, signal })),
  select: byVersion,
  refetchInterval: REFRESH_MS,
});

/** The same since a canary began, by the labels that may compare versions: no confidence has chosen their texts. */
export const comparedRatesQuery = (from: string) =>
  queryOptions({
    queryKey: ["learning", "rates", from],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/quality/rates", {
          params: { query: { by: "model_version", from, drawn: true } },
          signal,
        }),
      ),
    select: byVersion,
    refetchInterval: REFRESH_MS,
  });

function byVersion({ groups }: Schemas["RatesOut"]) {
  return new Map(groups.map((one) => [one.key ?? "", one]));
}

export const readinessQuery = queryOptions({
  queryKey: ["learning", "readiness"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/retrain-runs/readiness", { signal })),
  refetchInterval: REFRESH_MS,
});

export const runsQuery = infiniteQueryOptions({
  queryKey: ["learning", "runs"],
  queryFn: ({ pageParam, signal }) =>
    data(api.GET("/api/v1/retrain-runs", { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
  refetchInterval: REFRESH_MS,
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["learning", "run", id],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/retrain-runs/{run_id}", { params: { path: { run_id: id } }, signal })),
  });

/**
 * A change of what serves or runs changes everything that the page shows. `done` and `refused` are told even when that
 * takes away what the change was asked for by: a button to release is gone as soon as the version serves.
 */
function useChange<Asked, Answer>(
  call: (asked: Asked) => Promise<{ data?: Answer }>,
  { done, refused }: { done?: (answer: Answer) => void; refused?: (error: Error) => void } = {},
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (asked: Asked) => data(call(asked)),
    onSuccess: done,
    onError: refused,
    onSettled: () => client.invalidateQueries({ queryKey: ["learning"] }),
  });
}

export const useStart = (done: () => void) =>
  useChange((body: Schemas["RunIn"]) => api.POST("/api/v1/retrain-runs", { body }), { done });

export const useCancel = (id: string, refused: (error: Error) => void) =>
  useChange(
    (_: undefined) => api.POST("/api/v1/retrain-runs/{run_id}/cancel", { params: { path: { run_id: id } } }),
    { refused },
  );

export const usePromote = (name: string, done: () => void) =>
  useChange(
    (body: Schemas["PromoteIn"]) =>
      api.POST("/api/v1/model-versions/{name}/promote", { params: { path: { name } }, body }),
    { done },
  );

export const useRollback = (done: (back: Version) => void) =>
  useChange((body: Schemas["RollbackIn"]) => api.POST("/api/v1/model-versions/rollback", { body }), { done });
