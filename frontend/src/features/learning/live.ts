import { useLive } from "@/api/live";
import { runQuery } from "@/features/learning/queries";

/** What a run has come to stands in the lists too. */
const TURNS = ["runs", "versions", "readiness"].map((list) => ["learning", list]);

/** A run, kept up to date while it works. */
export function useRun(id: string) {
  return useLive(runQuery(id), { events: `/api/v1/retrain-runs/${id}/events`, turns: TURNS });
}
