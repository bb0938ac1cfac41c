/** The lengths that the API accepts. */
export const MIN_PASSWORD = 12;
export const MAX_PASSWORD = 128;

/** 32 signs that nobody takes for one another when a password is read out or typed from paper. */
const SIGNS = "abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS = 5;
const GROUP = 5;

/** A password for a person to type once: 125 bits, in groups that are easy to read. */
export function makePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP));
  // 256 is a multiple of 32, so no sign is likelier than another
  const signs = Array.from(bytes, (byte) => SIGNS[byte % SIGNS.length]).join("");
  return (signs.match(new RegExp(`.{${GROUP}}`, "g")) ?? []).join("-");
}
