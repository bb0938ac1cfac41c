import type { TFunction } from "i18next";
import "@/features/users/audit-texts";
import { formatMoment } from "@/i18n/format";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
/** What may have a word of its own; anything else is what somebody typed. */
const CODE = /^[-\w]+$/;

/** A value of the log as a person reads it. */
export function sayValue(t: TFunction<"users">, value: unknown): string {
  if (value === null || value === undefined || value === "") return t("empty");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value))
    return value.length ? value.map((one) => sayValue(t, one)).join(", ") : t("empty");
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, one]) => `${sayField(t, name)}: ${sayValue(t, one)}`)
      .join("; ");
  const text = String(value);
  if (MOMENT.test(text) && !Number.isNaN(Date.parse(text))) return formatMoment(text);
  if (["marketer", "admin", "ml_engineer", "service"].includes(text)) return t(`common:role.${text}`);
  return CODE.test(text) ? t(`value.${text}`, { defaultValue: text }) : text;
}

/** The name of a field; one without a name in this language is shown as it is stored. */
export function sayField(t: TFunction<"users">, name: string): string {
  return word(t, "field", name);
}

/** The text under `group` for a code that came from outside; the code itself when there is none. */
export function word(t: TFunction<"users">, group: string, code: string): string {
  const found: unknown = /^[\w.]+$/.test(code)
    ? t(`${group}.${code}`, { defaultValue: code, returnObjects: true })
    : code;
  return typeof found === "string" ? found : code;
}
