/** Why some clients are without a text. */
interface Reason {
  code: string;
  /** In the words of the server; empty where it says no more than the code. */
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

/** How many variants of one client failed so differs from client to client, and is left out. */
const TALLIES = / — \d+(?=[;)])/g;
const IN_BRACKETS = /\((.+)\)$/;

/** What keeps a text from being sent, as one reason for all clients whom it befell. */
function gist(code: string, detail: string): string {
  const plain = detail.replace(TALLIES, "");
  if (code !== "no_compliant_text") return plain;
  const checks = IN_BRACKETS.exec(plain)?.[1] ?? "";
  return checks.split("; ").sort().join("; "); // the most frequent one first otherwise
}

export function countReasons(offers: readonly Failure[]): Reasons {
  const failed = offers.filter((offer) => offer.text === null);
  const found = new Map<string, Reason>();
  for (const { error } of failed) {
    const code = error?.code ?? "not_written";
    const detail = gist(code, error?.detail ?? "");
    const key = `${code} ${detail}`;
    found.set(key, { code, detail, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return { reasons: [...found.values()].sort((a, b) => b.count - a.count), counted: failed.length };
}
