/** How a text is built on a channel; the channels that a bank adds name one of these forms. */
export type Form = "sms" | "push" | "email" | "script" | "banner" | "office" | "chat";

const FORMS: Record<string, Form> = {
  SMS: "sms",
  PUSH: "push",
  EMAIL: "email",
  TMO: "script",
  KND: "script",
  MOB_BANNER: "banner",
  OFFICE_BANNER: "office",
  MOBILE_CHAT: "chat",
};

/** The form of the shipped channels by code; of others the catalogue's word, else a plain bubble. */
export function formOf(channel: string, told?: string | null): Form {
  const known = Object.values(FORMS).find((form) => form === told);
  return known ?? FORMS[channel] ?? "chat";
}

const WORD = /[\p{L}\p{N}_]+(?:[-–.][\p{L}\p{N}_]+)*/gu;

/** Words as the server counts them for its limits: an address or a figure is one. */
export function countWords(text: string): number {
  return text.match(WORD)?.length ?? 0;
}
