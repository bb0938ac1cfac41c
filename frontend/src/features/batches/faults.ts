/** What is wrong with a table as a whole, told from the server's words: the page adds what to do about it. */
const FAULTS = [
  ["columns", /известного столбца/],
  ["twice", /встречается дважды/],
  ["rows", /строк с ошибками/],
  ["tooMany", /строк больше/],
  ["empty", /пустой файл|нет ни одной строки/],
  ["kind", /нужен csv|не похоже на/],
] as const;

export type Fault = (typeof FAULTS)[number][0] | "other";

export function faultOf(error: string): Fault {
  return FAULTS.find(([, words]) => words.test(error))?.[0] ?? "other";
}
