import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Rules = Schemas["RulesOut"];
export type Rule = Schemas["RuleOut"];
export type RuleChange = Schemas["RuleChangeIn"];
export type HistoryEntry = Schemas["HistoryEntryOut"];
export type Finding = Schemas["ComplianceFindingOut"];
export type Report = Schemas["ReportOut"];

export const rulesQuery = queryOptions({
  queryKey: ["compliance", "rules"],
  queryFn: () => data(api.GET("/api/v1/compliance/rules")),
});

export const historyQuery = infiniteQueryOptions({
  queryKey: ["compliance", "history"],
  queryFn: ({ pageParam }) =>
    data(
      api.GET("/api/v1/compliance/rules/history", { params: { query: { cursor: pageParam, limit: 50 } } }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

export function changeRule(id: string, body: RuleChange): Promise<Rule> {
  return data(api.PATCH("/api/v1/compliance/rules/{rule_id}", { params: { path: { rule_id: id } }, body }));
}

export interface Question {
  text: string;
  product: string;
  channel: string;
}

/** The verdict, with the text that it is about: places in it mean nothing in another text. */
export function checkQuery(asked: Question) {
  return queryOptions({
    queryKey: ["compliance", "check", asked],
    queryFn: async ({ signal }) => ({
      asked,
      report: await data(api.POST("/api/v1/compliance/check", { body: asked, signal })),
    }),
    enabled: Boolean(asked.text.trim() && asked.product && asked.channel),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 60_000,
  });
}
