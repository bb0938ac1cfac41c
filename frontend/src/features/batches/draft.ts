import type { Batch } from "@/features/batches/queries";
import { AUTO, type Options } from "@/ui/options/options";

/** Everything that is typed, as it is typed; the file lies beside it. */
export interface Draft extends Options {
  from: "file" | "table";
  table: string;
  campaign: string;
}

/** A new form, as it was filled in for `former`. */
export function emptyDraft(former: Batch | undefined): Draft {
  const options = (former?.options ?? {}) as Partial<Options>;
  return {
    product: AUTO,
    channel: "SMS",
    tone: "neutral",
    conditions: "none",
    variants: 1,
    ...options,
    from: former?.source.table ? "table" : "file",
    table: former?.source.table ?? "",
    campaign: former?.campaign ?? "",
  };
}

export function optionsOf({ product, channel, tone, conditions, variants }: Draft): Options {
  return { product, channel, tone, conditions, variants };
}

// the rules of the API: its description has them as texts of another dialect
const CAMPAIGN = /^[\p{L}\p{N}_][\p{L}\p{N}_.\- ]{0,63}$/u;
const TABLE = /^[\p{L}_][\p{L}\p{N}_$]{0,62}\.[\p{L}_][\p{L}\p{N}_$]{0,62}$/u;

/** Pointers of the fields that cannot be sent as they are. */
export function wrongFields(draft: Draft, file: File | null): ("file" | "table" | "campaign")[] {
  const wrong: ("file" | "table" | "campaign")[] = [];
  if (draft.from === "file" && !file) wrong.push("file");
  if (draft.from === "table" && !TABLE.test(draft.table.trim())) wrong.push("table");
  if (draft.campaign.trim() && !CAMPAIGN.test(draft.campaign.trim())) wrong.push("campaign");
  return wrong;
}
