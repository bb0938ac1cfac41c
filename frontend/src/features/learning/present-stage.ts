import type { RunInFull } from "@/features/learning/queries";

export const STAGES = ["freeze", "score", "tune", "export", "evaluate", "gate"] as const;
export type Stage = (typeof STAGES)[number];

/** Where a begun run is: behind its last finished stage, which may be further than it has reported itself. */
export function presentStage(run: RunInFull): Stage | undefined {
  if (!run.started_at) return undefined;
  return STAGES.find((stage) => !run.stages.some((one) => one.name === stage));
}
