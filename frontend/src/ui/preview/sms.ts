/** What a phone network makes of a text: 160/153 characters of 7 bits, or 70/67 UTF-16 units as soon as one does not fit. */
interface SmsSize {
  encoding: "gsm7" | "ucs2";
  /** Units of the encoding: an emoji takes two UTF-16 units, a bracket two 7-bit places. */
  units: number;
  segments: number;
  /** Units left in the last segment. */
  left: number;
}

const GSM7 = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const GSM7_TWO = new Set("^{}\\[~]|€\f");
const LIMITS = { gsm7: { one: 160, many: 153 }, ucs2: { one: 70, many: 67 } } as const;

export function smsSize(text: string): SmsSize {
  const signs = [...text];
  const encoding = signs.every((sign) => GSM7.has(sign) || GSM7_TWO.has(sign)) ? "gsm7" : "ucs2";
  const sizes = signs.map((sign) => (encoding === "ucs2" ? sign.length : GSM7_TWO.has(sign) ? 2 : 1));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const { one, many } = LIMITS[encoding];
  if (units <= one) return { encoding, units, segments: units ? 1 : 0, left: one - units };
  return { encoding, units, ...inSegments(sizes, many) };
}

/** A sign is never cut in two, so that a segment may stay one unit short. */
function inSegments(sizes: number[], most: number): { segments: number; left: number } {
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > most) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return { segments, left: most - used };
}
