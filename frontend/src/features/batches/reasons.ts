/** Why some clients are without a text. */
interface Reason {
  code: string;
  /** In the words of the server. */
  detail: string;
  count: number;
}

export interface Reasons {
  /** The most frequent first. */
  reasons: Reason[];
  /** Clients that were looked at. */
  counted: number;
}

interface Failure {
  text: string | null;
  error?: { code: string; detail: string };
}

export function countReasons(offers: readonly Failure[]): Reasons {
  const failed = offers.filter((offer) => offer.text === null);
  const found = new Map<string, Reason>();
  for (const { error } of failed) {
    const { code, detail } = error ?? { code: "not_written", detail: "" };
    const key = `${code} ${detail}`;
    found.set(key, { code, detail, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return { reasons: [...found.values()].sort((a, b) => b.count - a.count), counted: failed.length };
}
