import { type CsvRow, delimiterOf, joinCells, splitRows } from "@/ui/csv";
import type { ClientIn } from "./draft";
import { FEATURE_NAMES, NUMERIC } from "./fields";

/** What is wrong with a row; `problem` is a key of the texts of this page. */
export interface RowProblem {
  row: number;
  column: string;
  problem: string;
  value?: string;
}

export interface Read {
  clients: ClientIn[];
  /** The row of each client, to name it when the server refuses it. */
  rows: number[];
  problems: RowProblem[];
  /** Columns that are not used. */
  ignored: string[];
  /** Why nothing could be read at all. */
  failed?: { problem: string; value?: string };
}

/** Why a file could not be read; `problem` is a key of the texts of this page. */
export class Unread extends Error {
  constructor(readonly problem: "xlsOld" | "xlsxBroken" | "xlsxEmpty" | "xlsxHuge") {
    super(problem);
  }
}

const OWN = ["client_id", "product", "channel"];
const ALIASES: Record<string, string> = { avg_dep_avg_balance_lmonth: "avg_dep_avg_balance_1month" };
const UNKNOWN = new Set(["", "null", "n/a", "#n/a", "nan"]);
const NUMBER = /^[+-]?(?:\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+|\d+)?(?:[.,]\d*)?(?:[eE][+-]?\d{1,4})?$/;
const ZIP = "PK\u0003\u0004";
const ZIPPED = [0x50, 0x4b, 0x03, 0x04];
/** How the workbooks of before 2007 begin, and those under a password. */
const OLE = [0xd0, 0xcf, 0x11, 0xe0];

const NOTHING: Read = { clients: [], rows: [], problems: [], ignored: [] };

function failed(problem: string, value?: string): Read {
  return { ...NOTHING, failed: { problem, value } };
}

function canonical(cell: string): string | null {
  const name = cell
    .replace(/^\ufeff/, "")
    .trim()
    .toLowerCase();
  const known = ALIASES[name] ?? name;
  return FEATURE_NAMES.has(known) || OWN.includes(known) ? known : null;
}

function isUnknown(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    (typeof value === "string" && UNKNOWN.has(value.trim().toLowerCase()))
  );
}

function isNumber(value: unknown): boolean {
  if (typeof value === "string") return /\d/.test(value) && NUMBER.test(value.trim());
  return typeof value === "number" || typeof value === "boolean";
}

/** Read what was pasted: a JSON array, lines of JSON, or a table with a header. Rows that are wrong do not stop the others. */
export function readClients(text: string): Read {
  const start = text.replace(/^\ufeff/, "").trimStart();
  if (!start) return NOTHING;
  if (start.startsWith(ZIP)) return failed("xlsxPasted");
  const read = start.startsWith("[") || start.startsWith("{") ? readJson(start) : readTable(start);
  return refuseTwice(read);
}

function readJson(text: string): Read {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch (error) {
    return text.startsWith("{") && text.includes("\n") ? readLines(text) : failed("json", reason(error));
  }
  const inside = isObject(whole) && Array.isArray(whole.clients) ? whole.clients : whole;
  return readItems(Array.isArray(inside) ? inside : [inside]);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

function readLines(text: string): Read {
  const items: unknown[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.trim()) continue;
    try {
      items.push(JSON.parse(line));
    } catch (error) {
      return failed("jsonLine", `${index + 1}: ${reason(error)}`);
    }
  }
  return readItems(items);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readItems(items: unknown[]): Read {
  const read: Read = { clients: [], rows: [], problems: [], ignored: [] };
  for (const [index, item] of items.entries()) {
    const row = index + 1;
    if (!isObject(item)) {
      read.problems.push({ row, column: "", problem: "notObject" });
      continue;
    }
    const flat = isObject(item.features) ? { ...item.features, ...own(item) } : item;
    add(read, row, flat, Array.isArray(item.events) ? item.events : undefined);
  }
  return read;
}

function own(item: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(OWN.filter((name) => name in item).map((name) => [name, item[name]]));
}

function readTable(text: string): Read {
  const said = /^sep=(.)\r?\n/i.exec(text);
  const body = said ? text.slice(said[0].length) : text;
  const isFeature = (cell: string): boolean => FEATURE_NAMES.has(canonical(cell) ?? "");
  const delimiter = said?.[1] ?? delimiterOf(body.split("\n", 1)[0] ?? "", isFeature);
  const [header, ...rows] = splitRows(body, delimiter);
  if (!header?.cells.some(isFeature)) return failed("header", header?.cells.slice(0, 4).join(", "));
  const columns = header.cells.map(canonical);
  const twice = columns.find((name, index) => name && columns.indexOf(name) !== index);
  if (twice) return failed("columnTwice", twice);
  const read: Read = { clients: [], rows: [], problems: [], ignored: [] };
  read.ignored = header.cells.filter((cell, index) => cell && !columns[index]);
  for (const row of rows) readRow(read, row, columns);
  return read;
}

function readRow(read: Read, row: CsvRow, columns: (string | null)[]): void {
  if (row.cells.slice(columns.length).some((cell) => !isUnknown(cell))) {
    read.problems.push({ row: row.number, column: "", problem: "tooManyCells" });
    return;
  }
  const flat = columns.flatMap((name, index) => (name ? [[name, row.cells[index] ?? ""] as const] : []));
  add(read, row.number, Object.fromEntries(flat), undefined);
}

/** One client from canonical or foreign names; without an id the row's number serves. */
function add(read: Read, row: number, flat: Record<string, unknown>, events: unknown[] | undefined): void {
  const features: Record<string, unknown> = {};
  const problems: RowProblem[] = [];
  for (const [key, value] of Object.entries(flat)) {
    const name = canonical(key);
    if (!name) {
      if (key !== "events" && !read.ignored.includes(key)) read.ignored.push(key);
    } else if (FEATURE_NAMES.has(name) && !isUnknown(value)) {
      if (NUMERIC.has(name) && !isNumber(value))
        problems.push({ row, column: name, problem: "notNumber", value: String(value).slice(0, 40) });
      features[name] = value;
    }
  }
  const given = flat.client_id;
  if ("client_id" in flat && isUnknown(given)) problems.push({ row, column: "client_id", problem: "noId" });
  if (problems.length) {
    read.problems.push(...problems);
    return;
  }
  read.rows.push(row);
  read.clients.push({
    client_id: isUnknown(given) ? row : clientId(given),
    features: features as ClientIn["features"],
    ...(isUnknown(flat.product) ? {} : { product: String(flat.product).trim() }),
    ...(isUnknown(flat.channel) ? {} : { channel: String(flat.channel).trim() }),
    ...(events?.length ? { events: events as ClientIn["events"] } : {}),
  });
}

function clientId(given: unknown): string | number {
  if (typeof given === "number") return given;
  const id = String(given).trim();
  return /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id;
}

/** The API refuses a whole call for one repeated id; here the later row is set aside and named. */
function refuseTwice(read: Read): Read {
  const seen = new Set<string>();
  const kept: Read = { ...read, clients: [], rows: [], problems: [...read.problems] };
  for (const [index, client] of read.clients.entries()) {
    const row = read.rows[index] ?? 0;
    const id = String(client.client_id);
    if (seen.has(id)) kept.problems.push({ row, column: "client_id", problem: "idTwice", value: id });
    else {
      kept.clients.push(client);
      kept.rows.push(row);
    }
    seen.add(id);
  }
  kept.problems.sort((a, b) => a.row - b.row);
  return kept;
}

/** The text of a file: of a workbook its first sheet as a table, else UTF-8 or, as a Russian spreadsheet saves it, Windows-1251. */
export async function textOfFile(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const starts = (...magic: number[]): boolean => magic.every((byte, place) => bytes[place] === byte);
  if (starts(...OLE) || /\.xlsb?$/i.test(file.name)) throw new Unread("xlsOld");
  if (starts(...ZIPPED) || /\.xls[xm]$/i.test(file.name))
    return (await import("./read-workbook")).tableOfWorkbook(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1251").decode(bytes);
  }
}

/** Clients as a comma-separated table with the columns that they have. */
export function tableOf(clients: readonly ClientIn[]): string {
  const rows = clients.map(
    ({ features, events: _, ...own }): Record<string, unknown> => ({ ...own, ...features }),
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))].map(joinCells).join("\n");
}
