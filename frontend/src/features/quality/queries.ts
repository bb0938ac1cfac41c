import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema";
import { addDays, startOf } from "@/features/quality/period";
import type { Filters, Grouping, ReasonGrouping } from "@/features/quality/search";

export type Counted = components["schemas"]["CountedOut"];
export type Rate = components["schemas"]["RateOut"];
export type Summary = components["schemas"]["SummaryOut"];
export type UsedVersion = components["schemas"]["UsedVersionOut"];
export type Day = components["schemas"]["DayOut"];
export type Calibration = components["schemas"]["CalibrationOut"];
export type FailureReasons = components["schemas"]["FailureReasonsOut"];
export type Reason = components["schemas"]["ReasonCountOut"];

/** The filters as the API takes them: moments, the end outside. */
function asked({ from, to, ...same }: Filters) {
  return { ...same, from: from && startOf(from), to: to && startOf(addDays(to, 1)) };
}

export const summaryQuery = (filters: Filters) =>
  queryOptions({
    queryKey: ["quality", "summary", filters],
    queryFn: () => data(api.GET("/api/v1/quality/summary", { params: { query: asked(filters) } })),
    placeholderData: keepPreviousData,
  });

export const ratesQuery = (by: Grouping | "week", filters: Filters) =>
  queryOptions({
    queryKey: ["quality", "rates", by, filters],
    queryFn: () => data(api.GET("/api/v1/quality/rates", { params: { query: { by, ...asked(filters) } } })),
    placeholderData: keepPreviousData,
  });

export const calibrationQuery = (filters: Filters) =>
  queryOptions({
    queryKey: ["quality", "calibration", filters],
    queryFn: () => data(api.GET("/api/v1/quality/calibration", { params: { query: asked(filters) } })),
    placeholderData: keepPreviousData,
  });

export const reasonsQuery = (by: ReasonGrouping | undefined, filters: Filters) =>
  queryOptions({
    queryKey: ["quality", "reasons", by, filters],
    queryFn: () => data(api.GET("/api/v1/quality/reasons", { params: { query: { by, ...asked(filters) } } })),
    placeholderData: keepPreviousData,
  });
