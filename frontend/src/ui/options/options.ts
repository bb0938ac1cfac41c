import type { components } from "@/api/schema";

type Call = components["schemas"]["OfferCallIn"];

/** In place of a product: the next best one for each client. */
export const AUTO = "auto";
export const TONES = ["neutral", "friendly", "formal"] as const satisfies readonly Call["tone"][];
export const CONDITIONS = ["none", "full"] as const satisfies readonly Call["conditions"][];
export const VARIANTS = [1, 2, 3, 4] as const;

/** What to write and how; the same for one client and for a whole base. */
export interface Options {
  product: string;
  channel: string;
  tone: Call["tone"];
  conditions: Call["conditions"];
  variants: number;
}
