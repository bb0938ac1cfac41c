import { queryOptions, useMutation } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { Problem } from "@/api/problem";
import type { components } from "@/api/schema";
import type { OfferCall } from "./draft";
import type { Label } from "./run";

export type LabelIn = components["schemas"]["LabelIn"];
type Wish = components["schemas"]["AgainIn"];

export const limitsQuery = queryOptions({
  queryKey: ["limits"],
  queryFn: () => data(api.GET("/api/v1/limits")),
  staleTime: 5 * 60_000,
});

export const reasonsQuery = queryOptions({
  queryKey: ["label-reasons"],
  queryFn: () => data(api.GET("/api/v1/labels/reasons")),
  select: (answer) => answer.items,
  staleTime: Number.POSITIVE_INFINITY,
});

/** The guard's judgement of a text as it stands now. */
export function checkQuery(text: string, product: string, channel: string) {
  return queryOptions({
    queryKey: ["compliance-check", product, channel, text],
    queryFn: ({ signal }) =>
      data(api.POST("/api/v1/compliance/check", { body: { text, product, channel }, signal })),
    enabled: text.trim() !== "",
    staleTime: 60_000,
  });
}

type Answer = components["schemas"]["AnswerOut"];

interface WriteOptions {
  /** These are called even when the page has been left meanwhile. */
  onSuccess: (answer: Answer) => void;
  onSettled: () => void;
}

/** Ask for texts. The key makes a repeated call safe: the server answers it with what it has already written. */
export function useWrite(options: WriteOptions) {
  return useMutation({
    ...options,
    mutationFn: ({ call, key }: { call: OfferCall; key: string }) =>
      data(api.POST("/api/v1/offers", { body: call, params: { header: { "Idempotency-Key": key } } })),
  });
}

export function useWriteAgain(offerId: string) {
  return useMutation({
    mutationFn: (body: Wish) =>
      data(
        api.POST("/api/v1/offers/{offer_id}/regenerate", { body, params: { path: { offer_id: offerId } } }),
      ),
  });
}

/** What was last said of an offer; null for nothing. */
async function lastLabel(offerId: string): Promise<Label | null> {
  const labels = await data(
    api.GET("/api/v1/offers/{offer_id}/labels", { params: { path: { offer_id: offerId } } }),
  );
  return labels.items[0] ?? null;
}

/** Somebody judged the text in the meantime: what they said comes along, so that the page can show it. */
export class Overtaken extends Problem {
  readonly last: Label | null;

  constructor(problem: Problem, last: Label | null) {
    super(problem.status, problem.title, problem.detail);
    this.last = last;
  }
}

/** Label an offer. Raises Overtaken. */
export async function putLabel(offerId: string, body: LabelIn): Promise<Label> {
  const params = { path: { offer_id: offerId } };
  try {
    return await data(api.PUT("/api/v1/offers/{offer_id}/label", { body, params }));
  } catch (error) {
    if (error instanceof Problem && error.status === 409)
      throw new Overtaken(error, await lastLabel(offerId));
    throw error;
  }
}

type Verdict = NonNullable<Label["label"]>;

/**
 * Take back the label that was seen, never that of somebody who spoke after it. Answers with the last judgement; raises
 * Overtaken in the words of `explain`.
 */
export async function takeBack(
  offerId: string,
  seen: string | null,
  explain: (author: string, label: Verdict) => string,
): Promise<Label | null> {
  const last = await lastLabel(offerId);
  if (!last?.label) return last;
  if (last.id !== seen) throw new Overtaken(new Problem(409, "", explain(last.author, last.label)), last);
  const params = { path: { offer_id: offerId }, query: { seen: last.id } };
  try {
    await api.DELETE("/api/v1/offers/{offer_id}/label", { params });
  } catch (error) {
    // somebody spoke between the look and the call
    if (error instanceof Problem && error.status === 409) return takeBack(offerId, seen, explain);
    throw error;
  }
  return lastLabel(offerId);
}
