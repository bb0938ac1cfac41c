import type { ChecklistItem, Reference } from "@/features/catalogue/queries";

/** How complete a card of conditions is for its group. */
export interface Completeness {
  required: ChecklistItem[];
  missing: ChecklistItem[];
}

/** What the law demands of this card; a condition may become required because another one is given. */
export function isRequired(item: ChecklistItem, card: Record<string, string>): boolean {
  return item.required || Boolean(item.needed_with && card[item.needed_with]?.trim());
}

export function checklistOf(reference: Reference | undefined, group: string | null): ChecklistItem[] {
  return reference?.groups.find((one) => one.code === group)?.conditions ?? [];
}

export function completeness(listed: ChecklistItem[], card: Record<string, string>): Completeness {
  const required = listed.filter((item) => isRequired(item, card));
  return { required, missing: required.filter((item) => !card[item.key]?.trim()) };
}
