import type { components } from "@/api/schema";
import type { Finding } from "@/ui/preview/findings";

export type Offer = components["schemas"]["OfferOut"];
export type Label = components["schemas"]["LabelOut"];
export type Reason = Label["reasons"][number];

/** What is known of an offer's label: the last judgement, and the correction that was saved with it. */
export interface Told {
  id: string | null;
  label: "success" | "failure" | null;
  reasons: Reason[];
  corrected: { text: string; findings: Finding[] } | null;
}

export const UNTOLD: Told = { id: null, label: null, reasons: [], corrected: null };

/** One client's texts: the first answer and whatever was written anew after a wish. */
export interface Thread {
  offers: Offer[];
  /** Offer -> the wish that it answers. */
  wishes: Record<string, string>;
}

/** The last answer on the page with what was done to it. */
export interface Run {
  modelVersion: string;
  elapsedMs: number;
  threads: Thread[];
  told: Record<string, Told>;
  /** Corrections that are being typed, by offer. */
  edits: Record<string, string>;
}

export const NO_RUN: Run = { modelVersion: "", elapsedMs: 0, threads: [], told: {}, edits: {} };

export function runOf(answer: components["schemas"]["AnswerOut"]): Run {
  return {
    modelVersion: answer.model_version,
    elapsedMs: answer.elapsed_ms,
    threads: answer.offers.map((offer) => ({ offers: [offer], wishes: {} })),
    told: {},
    edits: {},
  };
}

/** Whether a correction is being typed that nothing has kept yet; a pen that changed nothing loses nothing. */
export function hasCorrections({ threads, edits }: Run): boolean {
  const texts = new Map(
    threads.flatMap(({ offers }) => offers.map((one) => [one.offer_id, one.text] as const)),
  );
  return Object.entries(edits).some(([id, text]) => text !== texts.get(id));
}

/** One text that can be looked at: of an offer, of its variant, or a correction. */
export interface View {
  id: string;
  kind: "text" | "variant" | "corrected";
  offer: Offer;
  text: string;
  confidence: number | null;
  findings: Finding[];
  wish: string | undefined;
}

export function viewsOf(thread: Thread, told: Record<string, Told>): View[] {
  return thread.offers.flatMap((offer) => {
    if (offer.text === null) return [];
    const wish = thread.wishes[offer.offer_id];
    const own: View = {
      id: offer.offer_id,
      kind: "text",
      offer,
      text: offer.text,
      confidence: offer.confidence,
      findings: offer.compliance.findings,
      wish,
    };
    const variants = offer.variants.map((variant, index): View => {
      const { text, confidence, compliance } = variant;
      const id = `${offer.offer_id}/${index}`;
      return { id, kind: "variant", offer, text, confidence, findings: compliance.findings, wish };
    });
    const corrected = told[offer.offer_id]?.corrected;
    if (!corrected) return [own, ...variants];
    const id = `${offer.offer_id}/corrected`;
    return [own, ...variants, { ...own, id, kind: "corrected", confidence: null, ...corrected }];
  });
}

/** What a judgement from the server says; the correction that it carries has not been looked at here. */
export function toldOf(label: Label | null): Told {
  if (!label) return UNTOLD;
  const { id, reasons, corrected_text: corrected } = label;
  return { id, label: label.label, reasons, corrected: corrected ? { text: corrected, findings: [] } : null };
}
