const DELIMITERS = [",", ";", "\t", "|"] as const;

/** One row of a table; `number` counts as a spreadsheet does, the header being row 1. */
export interface CsvRow {
  number: number;
  cells: string[];
}

/** The delimiter that reveals most of the columns we know. */
export function delimiterOf(header: string, isKnown: (cell: string) => boolean): string {
  const known = (sign: string): number => splitRows(header, sign)[0]?.cells.filter(isKnown).length ?? 0;
  return DELIMITERS.reduce((best, sign) => (known(sign) > known(best) ? sign : best));
}

/**
 * Rows of a table in text (RFC 4180): a quoted cell may hold delimiters, line ends and doubled quotes. A quotation mark
 * that never closes takes the rest of the text, as in a spreadsheet. Blank rows are counted and left out.
 */
export function splitRows(text: string, delimiter: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let number = 1;
  const endCell = (): void => {
    cells.push(cell.trim());
    cell = "";
  };
  const endRow = (): void => {
    endCell();
    if (cells.some(Boolean)) rows.push({ number, cells });
    cells = [];
    number += 1;
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += sign;
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && !cell.trim()) {
      quoted = true;
      cell = "";
    } else if (sign === delimiter) endCell();
    else if (sign === "\n") endRow();
    else if (sign !== "\r") cell += sign;
  }
  if (cell || cells.length) endRow();
  return rows;
}

/** One row as text; what would break it stands in quotation marks. */
export function joinCells(cells: readonly unknown[]): string {
  const texts = cells.map((cell) => String(cell ?? ""));
  return texts.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",");
}
