/** What the server reads; it looks into the file and not at its name, the page looks at both before a long upload. */
export const ENDINGS = ["csv", "tsv", "txt", "xlsx", "parquet", "json", "ndjson"] as const;
/** The server's limit unless BATCH_MAX_MB says otherwise; the API does not tell it. */
export const USUAL_LIMIT = 2 * 1024 ** 3;

export type FileProblem = "empty" | "oldExcel" | "ending" | "content";

const BEGINNINGS: Partial<Record<string, readonly number[]>> = {
  xlsx: [0x50, 0x4b, 0x03, 0x04],
  parquet: [0x50, 0x41, 0x52, 0x31],
};
/** Excel before 2007, or a workbook with a password. */
const OLD_EXCEL = [0xd0, 0xcf, 0x11, 0xe0] as const;

export function endingOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}

/** What is wrong with a file, as far as its name and first bytes tell. */
export async function checkFile(file: File): Promise<FileProblem | undefined> {
  const ending = endingOf(file.name);
  if (ending === "xls" || ending === "xlsb") return "oldExcel";
  if (!(ENDINGS as readonly string[]).includes(ending)) return "ending";
  if (!file.size) return "empty";
  const bytes = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const begins = (signs: readonly number[]): boolean => signs.every((sign, at) => bytes[at] === sign);
  if (begins(OLD_EXCEL)) return "oldExcel";
  const expected = BEGINNINGS[ending];
  return expected && !begins(expected) ? "content" : undefined;
}
