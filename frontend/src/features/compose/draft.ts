import type { components } from "@/api/schema";
import { i18next } from "@/i18n";
import { AUTO, type Options } from "@/ui/options/options";
import type { EventType, FeatureName } from "./fields";
import "./texts";

export type OfferCall = components["schemas"]["OfferCallIn"];
export type ClientIn = components["schemas"]["ClientIn"];
type Features = components["schemas"]["FeaturesIn"];

export type Mode = "one" | "many";

export interface EventDraft {
  /** Tells rows apart while they are edited. */
  key: string;
  type: EventType;
  at: string;
  page: string;
}

/** Everything that is typed on the page, as it is typed. */
export interface Draft extends Options {
  mode: Mode;
  clientId: string;
  fields: Partial<Record<FeatureName, string>>;
  events: EventDraft[];
  /** Several clients as they were pasted or read from a file. */
  pasted: string;
  fileName: string | null;
  /** More clients were given than one call may hold, and the first of them were asked for. */
  onlyFirst: boolean;
}

export const EMPTY: Draft = {
  mode: "one",
  product: AUTO,
  channel: "SMS",
  tone: "neutral",
  conditions: "none",
  variants: 1,
  clientId: "1",
  fields: {},
  events: [],
  pasted: "",
  fileName: null,
  onlyFirst: false,
};

/** The form without its clients; what is written, and where to, stays as it was chosen. */
export const EMPTY_CLIENTS: Partial<Draft> = {
  clientId: EMPTY.clientId,
  fields: {},
  events: [],
  pasted: "",
  fileName: null,
  onlyFirst: false,
};

/** A client to try the page with: a driver who gets a salary here and often buys fuel. */
export const EXAMPLE: Pick<Draft, "mode" | "clientId" | "fields" | "variants"> = {
  mode: "one",
  clientId: "101",
  variants: 3,
  fields: {
    gender: "0",
    age: "38",
    super_clust: "d",
    app_vehicle_ind: "1",
    cnt_zp_12m: "12",
    cnt_tr_buy_3m: "64",
    cnt_tr_oil_3m: "18",
  },
};

/** A number stays a number, so that the answer names the client as the bank does. */
function clientId(typed: string): string | number {
  const id = typed.trim();
  return /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id;
}

/** A segment goes under its Russian name, whatever the language of the page: so it reads in the history. */
function asSent(name: string, value: string): string {
  if (name !== "super_clust") return value;
  return `${value}. ${i18next.getFixedT("ru", "compose")(`segment.${value}`)}`;
}

/** The one client of the form. Values go as they were typed: the API reads numbers from text and points at what is wrong. */
export function clientOf(draft: Draft): ClientIn {
  const known = Object.entries(draft.fields)
    .filter(([, value]) => value.trim())
    .map(([name, value]) => [name, asSent(name, value)]);
  return {
    client_id: clientId(draft.clientId),
    features: Object.fromEntries(known) as Features,
    events: draft.events.map(({ type, at, page }) => ({
      type,
      at,
      ...(type === "app_visit" && page.trim() ? { page: page.trim() } : {}),
    })),
  };
}

export function callOf(draft: Draft, clients: ClientIn[]): OfferCall {
  const { product, channel, tone, conditions, variants } = draft;
  return { product, channel, clients, tone, conditions, variants };
}
