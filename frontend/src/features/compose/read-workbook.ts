import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { readSheet } from "read-excel-file/universal";
import { joinCells } from "@/ui/csv";
import { Unread } from "./read-clients";

/** As much as a workbook may hold where it is read whole; batches read row by row and take more. */
const MOST_UNPACKED = 64 * 1024 * 1024;
const SHEET = /^xl\/worksheets\/[^/]+\.xml$/;
/** A cell with an error of a formula: the library takes it for a blank one, and what is wrong must be told. */
const ERROR_CELL = /(<c\b[^>]*\st=)"e"/g;

type Cell = string | number | boolean | Date | null;

/** The first sheet of a workbook as a table in text; rows keep their numbers, so that a problem leads to its place. */
export async function tableOfWorkbook(bytes: Uint8Array): Promise<string> {
  const rows = await rowsOf(repacked(bytes));
  if (!rows.some((row) => row.some((cell) => cell !== null))) throw new Unread("xlsxEmpty");
  return rows.map((row) => joinCells(row.map(asText))).join("\n");
}

async function rowsOf(book: ArrayBuffer): Promise<Cell[][]> {
  try {
    return (await readSheet(book)) as Cell[][];
  } catch {
    throw new Unread("xlsxBroken");
  }
}

/** The same workbook unpressed: the library unpacks large sheets in a worker that the policy of the page forbids. */
function repacked(bytes: Uint8Array): ArrayBuffer {
  const parts = unpacked(bytes);
  for (const name of Object.keys(parts).filter((part) => SHEET.test(part)))
    parts[name] = strToU8(strFromU8(parts[name] as Uint8Array).replace(ERROR_CELL, '$1"str"'));
  return zipSync(parts, { level: 0 }).buffer as ArrayBuffer;
}

function unpacked(bytes: Uint8Array): Record<string, Uint8Array> {
  let left = MOST_UNPACKED;
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!/\.(xml|rels)$/.test(name)) return false;
        left -= originalSize;
        if (left < 0) throw new Unread("xlsxHuge");
        return true;
      },
    });
  } catch (error) {
    throw error instanceof Unread ? error : new Unread("xlsxBroken");
  }
}

/** A cell as a csv file would hold it. */
function asText(cell: Cell): string {
  if (cell instanceof Date) return cell.toISOString().slice(0, 19).replace("T00:00:00", "");
  if (typeof cell === "boolean") return cell ? "1" : "0";
  return String(cell ?? "");
}
