import type { Run, Version } from "@/features/learning/queries";

/**
 * What a run found out, as the gate and the stages write it: the API passes it through as it is. A stage that did not
 * come to its end leaves its part out.
 */
const SHARES = ["success", "fidelity", "product", "lawfulness", "diversity", "length"] as const;
type Measured = (typeof SHARES)[number] | "likelihood" | "latency" | "calibration";

export interface Dimension {
  name: Measured;
  champion: number | null;
  challenger: number | null;
  /** Of the difference, challenger less champion, where it has an interval. */
  low: number | null;
  high: number | null;
  verdict: "better" | "same" | "worse" | "unknown";
  /** The measure in a sentence, its numbers included. */
  words: string;
}

export interface Sample {
  product: string;
  channel: string;
  tone: string;
  facts: string[];
  /** Nothing where no lawful text was written. */
  champion: string | null;
  challenger: string | null;
  /** Nothing where no judge could tell. */
  preferred: "champion" | "challenger" | "same" | null;
}

export interface Decision {
  verdict: "win" | "tie" | "veto";
  summary: string;
  dimensions?: Dimension[];
  wins?: number;
  losses?: number;
  ties?: number;
  p_value?: number | null;
  samples?: Sample[];
}

export interface Dataset {
  labels: number;
  success: number;
  failure: number;
  corrected: number;
  train: number;
  gold: number;
  gold_clients?: number;
  offerings?: number;
  gold_offerings?: number;
  contradictions: number;
  repeated?: number;
  dropped: number;
  unusable_corrections?: number;
  hash: string;
}

export interface Trait {
  trait: string;
  words: string;
  weight: number;
}

export interface Score {
  auroc: number | null;
  ece: number | null;
  brier: number | null;
  brier_base: number | null;
  labels: number;
  bins?: {
    start: number;
    end: number;
    count: number;
    confidence: number;
    rate: number;
  }[];
  likes?: Trait[];
  dislikes?: Trait[];
}

export interface Tune {
  tokens?: number;
  seconds?: number;
  loss?: number | null;
  held_out_before?: number | null;
  held_out_after?: number | null;
  accepted?: number;
  rejected?: number;
  skipped?: string | null;
}

/** The success that the judge expects of the champion, of the new score alone, and of the new weights with it. */
export type Successes = Partial<Record<"champion" | "ranked" | "tuned", number>>;

export interface Metrics {
  dataset?: Dataset;
  score?: Score;
  tune?: Tune;
  /** Without enough held-out labels no success was measured. */
  evaluate?: { success?: Successes };
}

/** What a version keeps of it. */
interface VersionMetrics {
  success?: Successes;
  auroc?: number | null;
}

export function decisionOf(run: Run): Decision | null {
  return run.decision as unknown as Decision | null;
}

/** Whether a person has turned a version down that had won. */
export function isDeclined(run: Run): boolean {
  return run.status === "rejected" && decisionOf(run)?.verdict === "win";
}

export function metricsOf(run: Run): Metrics {
  return run.metrics as Metrics;
}

export function versionMetricsOf(version: Version): VersionMetrics {
  return version.metrics as VersionMetrics;
}

/** The success that the judge expects of a version: with weights of its own, or with the new score alone. */
export function expectedOf(version: Version): number | null {
  const { success } = versionMetricsOf(version);
  return (version.weights === version.name ? success?.tuned : success?.ranked) ?? null;
}

/** A sentence of the gate with the numbers as Russian writes them: "52.4%" is "52,4 %"; names of versions stay. */
export function inRussian(sentence: string): string {
  return sentence.replace(/(?<![\w.-])(\d+)\.(\d+)(?![\w.])/g, "$1,$2").replace(/(\d)%/g, "$1\u00a0%");
}

export function isShare(name: Measured): boolean {
  return (SHARES as readonly string[]).includes(name);
}
