/** The acts that the API writes down, by domain. One that is missing here is shown by its code. */
export const ACTIONS = {
  user: ["create", "change", "password_reset", "password_change"],
  session: ["start"],
  product: ["create", "change", "archive", "restore"],
  channel: ["create", "change", "archive", "restore"],
  catalogue: ["import"],
  bank: ["change"],
  rule: ["change"],
  offers: ["export", "list", "read", "lookup", "review"],
  batches: ["create", "cancel", "resume", "results", "problems"],
  privacy: ["forget", "purge"],
  retrain: ["start", "cancel"],
  model: ["full", "canary", "rollback", "automatic_rollback"],
  backup: ["save", "restore"],
} as const;

/** One thing that an entry tells: a value, or what it was and what it became. `path` leads into nested details. */
export interface Told {
  path: string[];
  was?: unknown;
  value: unknown;
  changed: boolean;
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Acts whose details are plain values; those of all others are pairs of old and new. */
const PLAIN = /\.(create|import|export|start|list|read|review)$/;

/** The details of an entry, one line per value that differs. Pairs of objects are told field by field. */
export function tell(action: string, details: Fields): Told[] {
  return Object.entries(details).flatMap(([name, value]) => {
    if (!PLAIN.test(action) && Array.isArray(value) && value.length === 2)
      return differences([name], value[0], value[1]);
    return [{ path: [name], value, changed: false }];
  });
}

function differences(path: string[], was: unknown, value: unknown): Told[] {
  if (!isFields(was) || !isFields(value)) return [{ path, was, value, changed: true }];
  const names = [...new Set([...Object.keys(was), ...Object.keys(value)])];
  return names
    .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(value[name]))
    .map((name) => ({ path: [...path, name], was: was[name], value: value[name], changed: true }));
}
