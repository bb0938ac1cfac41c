import { splitRows } from "@/ui/csv";

/** Rows of the report that the page shows; all of them are in the file. */
const SHOWN = 50;
const DELIMITER = ";";

interface Wrong {
  row: string;
  /** Empty where the row as a whole is wrong. */
  field: string;
  detail: string;
}

export interface Report {
  rows: Wrong[];
  /** Whether the report goes on behind them. */
  more: boolean;
}

/** The first rows of a report that may hold a hundred thousand: the rest is not fetched. */
export async function firstRows(stream: ReadableStream<Uint8Array> | null | undefined): Promise<Report> {
  if (!stream) return { rows: [], more: false };
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let ended = false;
  while (!ended && text.split("\n").length <= SHOWN + 2) {
    const { done, value } = await reader.read();
    ended = done;
    text += decoder.decode(value, { stream: !done });
  }
  if (!ended) void reader.cancel();
  const whole = ended ? text : text.slice(0, text.lastIndexOf("\n") + 1);
  const rows = splitRows(whole, DELIMITER)
    .slice(1) // the header
    .map(({ cells: [row = "", field = "", detail = ""] }) => ({ row, field, detail }));
  return { rows: rows.slice(0, SHOWN), more: !ended || rows.length > SHOWN };
}
