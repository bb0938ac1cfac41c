import type { Batch } from "@/features/batches/queries";

// What the API answers in the component tests.

export const ONE = "01a2a1c0-0000-7000-8000-000000000001";
const AT = "2026-11-20T09:00:00Z";

/** A batch that is half written. */
export function batch(more: Partial<Batch> = {}): Batch {
  return {
    batch_id: ONE,
    status: "running",
    stage: "write",
    author: "marketer",
    source: { file: "осень.csv" },
    options: { product: "DC", channel: "SMS", tone: "neutral", conditions: "none", variants: 1 },
    campaign: "autumn-2026",
    rows: 42,
    problems: 2,
    total: 40,
    done: 20,
    failed: 0,
    rate_per_s: 4,
    eta_s: 150,
    notes: [],
    error: null,
    created_at: AT,
    started_at: AT,
    finished_at: null,
    ...more,
  };
}

export const DONE: Partial<Batch> = {
  status: "done",
  done: 40,
  eta_s: null,
  finished_at: "2026-11-20T09:05:00Z",
};

export const REJECTED: Partial<Batch> = {
  status: "failed",
  stage: "validate",
  error: "строка 1: нет ни одного известного столбца; прочитаны «а», «б»",
  rows: 0,
  problems: 0,
  total: 0,
  done: 0,
  rate_per_s: null,
  eta_s: null,
  finished_at: AT,
};

export function pageOf(...items: object[]) {
  return { items, next_cursor: null, total: items.length };
}

/** The report of wrong rows as the API writes it: a byte order mark, semicolons. */
export function reportOf(...rows: [number, string, string][]): Response {
  const lines = rows.map((cells) => cells.join(";"));
  return new Response(`\ufeffrow;field;detail\r\n${lines.join("\r\n")}\r\n`, {
    headers: { "Content-Type": "text/csv" },
  });
}

export const CATALOGUE = {
  "GET /api/v1/products": pageOf({ code: "DC", name: "Дебетовая карта" }),
  "GET /api/v1/channels": pageOf({ code: "SMS", name: "СМС" }, { code: "EMAIL", name: "Письмо" }),
};
