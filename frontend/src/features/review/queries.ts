import { queryOptions } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type ReviewItem = Schemas["ReviewItemOut"];
export type Label = Schemas["LabelOut"];
export type Reason = NonNullable<Schemas["LabelIn"]["reasons"]>[number];
export type Order = NonNullable<Schemas["QueueIn"]["order"]>;
export type Progress = Schemas["ProgressOut"];
export type Conflict = Schemas["ConflictOut"];

/** What a reviewer says of a text. */
export interface Verdict {
  label: Schemas["LabelIn"]["label"];
  reasons: Reason[];
  comment: string;
  corrected: string | null;
}

export interface Filters {
  product?: string;
  channel?: string;
  order: Order;
}

export const BATCH = 20;
const MINUTE = 60_000;

export const reasonsQuery = queryOptions({
  queryKey: ["label-reasons"],
  queryFn: () => data(api.GET("/api/v1/labels/reasons")),
  select: (answer) => answer.items as { code: Reason; words: string }[],
  staleTime: Number.POSITIVE_INFINITY,
});

export const progressQuery = queryOptions({
  queryKey: ["review", "progress"],
  queryFn: () => data(api.GET("/api/v1/review/progress")),
  refetchInterval: MINUTE,
});

export async function leaseTexts(filters: Filters, putAside: string[]): Promise<ReviewItem[]> {
  const body = { ...filters, size: BATCH, put_aside: putAside };
  return (await data(api.POST("/api/v1/review/queue", { body }))).items;
}

/** Give texts back. A failure is no matter, leases end by themselves; a closing page may only just send it. */
export async function releaseTexts(offerIds: string[]): Promise<void> {
  if (!offerIds.length) return;
  const body = { offer_ids: offerIds };
  await api.POST("/api/v1/review/release", { body, keepalive: true }).catch(() => undefined);
}

const ofOffer = (offerId: string) => ({ params: { path: { offer_id: offerId } } });

export function putLabel(offerId: string, verdict: Verdict, seen?: string | null): Promise<Label> {
  const { label, reasons, comment, corrected } = verdict;
  const body = { label, reasons, comment, corrected_text: corrected, ...(seen !== undefined && { seen }) };
  // keepalive: a label that is on its way outlives the closed tab
  return data(api.PUT("/api/v1/offers/{offer_id}/label", { ...ofOffer(offerId), body, keepalive: true }));
}

/** Take back the label that was seen; 409 where somebody has spoken since. */
export async function deleteLabel(offerId: string, seen: string): Promise<void> {
  const params = { path: { offer_id: offerId }, query: { seen } };
  await api.DELETE("/api/v1/offers/{offer_id}/label", { params });
}

/** The last word on a text, whoever said it; one that takes a label back counts too. */
export async function lastLabel(offerId: string): Promise<Label | undefined> {
  return (await data(api.GET("/api/v1/offers/{offer_id}/labels", ofOffer(offerId)))).items[0];
}

export const checkQuery = (text: string, product: string, channel: string) =>
  queryOptions({
    queryKey: ["compliance-check", product, channel, text],
    queryFn: () => data(api.POST("/api/v1/compliance/check", { body: { text, product, channel } })),
    enabled: text.trim() !== "",
    staleTime: MINUTE,
  });
