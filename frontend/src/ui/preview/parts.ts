/** A piece of the whole text, in UTF-16 units, so that findings keep their places wherever it is drawn. */
export interface Piece {
  from: number;
  to: number;
}

interface EmailParts {
  subject: Piece;
  preheader: Piece;
  body: Piece;
}

interface ScriptParts {
  lines: Piece[];
  /** What is said to a client who refuses, without its heading. */
  refusal: Piece | null;
}

const SUBJECT = "Тема:";
const PREHEADER = "Прехедер:";
const REFUSAL = "При отказе:";

/** The lines of a text that are not blank, each with its place. */
function linesOf(text: string, within: Piece = { from: 0, to: text.length }): Piece[] {
  const pieces: Piece[] = [];
  let from = within.from;
  for (const line of text.slice(within.from, within.to).split("\n")) {
    if (line.trim()) pieces.push({ from, to: from + line.length });
    from += line.length + 1;
  }
  return pieces;
}

function trimmed(text: string, piece: Piece): Piece {
  const slice = text.slice(piece.from, piece.to);
  const from = piece.from + (slice.length - slice.trimStart().length);
  return { from, to: Math.max(from, piece.to - (slice.length - slice.trimEnd().length)) };
}

function without(text: string, line: Piece, heading: string): Piece {
  return trimmed(text, { from: line.from + heading.length, to: line.to });
}

/** Title and body of a push: its first line and the rest. */
export function pushParts(text: string): { title: Piece; body: Piece } {
  const end = text.indexOf("\n");
  if (end < 0) return { title: { from: 0, to: 0 }, body: { from: 0, to: text.length } };
  return {
    title: trimmed(text, { from: 0, to: end }),
    body: trimmed(text, { from: end + 1, to: text.length }),
  };
}

/** Subject, preheader and body of a letter; null while the text has lost that form, as it may under a pen. */
export function emailParts(text: string): EmailParts | null {
  const [subject, preheader, first] = linesOf(text);
  if (!subject || !preheader || !first) return null;
  if (!text.startsWith(SUBJECT, subject.from) || !text.startsWith(PREHEADER, preheader.from)) return null;
  return {
    subject: without(text, subject, SUBJECT),
    preheader: without(text, preheader, PREHEADER),
    body: { from: first.from, to: text.trimEnd().length },
  };
}

/** What is said line by line, and the branch for a refusal. */
export function scriptParts(text: string): ScriptParts {
  const lines = linesOf(text);
  const last = lines.at(-1);
  if (!last || !text.startsWith(REFUSAL, last.from)) return { lines, refusal: null };
  return { lines: lines.slice(0, -1), refusal: without(text, last, REFUSAL) };
}

/** The sentence on top and the mandatory phrases that stand below it. */
export function headAndRest(text: string): { head: Piece; rest: Piece[] } {
  const [head, ...rest] = linesOf(text);
  return { head: head ?? { from: 0, to: text.length }, rest };
}
