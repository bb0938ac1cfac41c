/**
 * A random key of 128 bits, by which a repeated call is known to be the same one. `crypto.randomUUID` is missing where
 * the page is served over plain http.
 */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
