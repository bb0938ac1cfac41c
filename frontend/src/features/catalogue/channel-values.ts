import type { Channel } from "@/features/catalogue/queries";

export const FORMS = ["sms", "push", "email", "script", "banner", "office", "chat"] as const;
const LIMITS = ["max_units", "title_max", "body_max", "max_words", "subject_max", "preheader_max"] as const;
export type Limit = (typeof LIMITS)[number];

/** The limits that a form of text has a use for. */
const LIMITS_OF: Record<string, readonly Limit[]> = {
  sms: ["max_units"],
  push: ["title_max", "body_max"],
  email: ["subject_max", "preheader_max", "max_words"],
  script: ["max_words"],
  banner: ["max_words"],
  office: ["max_words"],
  chat: ["max_units"],
};

/** The limits of the form first, then any others that are set. */
export function limitsShown(form: string | null, limits: Record<string, number>): Limit[] {
  const fitting = form ? (LIMITS_OF[form] ?? LIMITS) : LIMITS;
  return [...fitting, ...LIMITS.filter((limit) => limit in limits && !fitting.includes(limit))];
}

/** The fields of a channel that a form changes. */
export type ChannelValues = Pick<
  Channel,
  "name" | "form" | "description" | "limits" | "short" | "part_price" | "position"
>;

export function channelValues(channel: Channel): ChannelValues {
  const { name, form, description, limits, short, part_price, position } = channel;
  return { name, form, description, limits, short, part_price, position };
}
