import type { components } from "@/api/schema";

/** The 25 features that the API takes, without the second spelling of one of them. */
export type FeatureName = Exclude<keyof components["schemas"]["FeaturesIn"], "avg_dep_avg_balance_lmonth">;
export type FieldGroup = "who" | "bank" | "spending" | "visits";
type Kind = "gender" | "flag" | "purpose" | "segment" | "count" | "money" | "number" | "text";

interface ClientField {
  name: FeatureName;
  group: FieldGroup;
  kind: Kind;
  /** Shown at once; the others wait behind "more". */
  main?: boolean;
}

export const FIELDS: readonly ClientField[] = [
  { name: "gender", group: "who", kind: "gender", main: true },
  { name: "age", group: "who", kind: "number", main: true },
  { name: "super_clust", group: "who", kind: "segment", main: true },
  { name: "app_vehicle_ind", group: "who", kind: "flag", main: true },
  { name: "reg_region_nm", group: "who", kind: "text" },
  { name: "app_position_type_nm", group: "who", kind: "text" },
  { name: "cnt_zp_12m", group: "bank", kind: "count", main: true },
  { name: "cnt_dep_act", group: "bank", kind: "count", main: true },
  { name: "sum_zp_12m", group: "bank", kind: "money" },
  { name: "sum_dep_now", group: "bank", kind: "money" },
  { name: "avg_dep_avg_balance_1month", group: "bank", kind: "money" },
  { name: "max_dep_avg_balance_3month", group: "bank", kind: "money" },
  { name: "avg_outstanding_amount_3m", group: "bank", kind: "money" },
  { name: "max_outstanding_amount_6m", group: "bank", kind: "money" },
  { name: "limit_exchange_count", group: "bank", kind: "count" },
  { name: "cnt_tr_buy_3m", group: "spending", kind: "count", main: true },
  { name: "cnt_tr_oil_3m", group: "spending", kind: "count", main: true },
  { name: "cnt_tr_service_3m", group: "spending", kind: "count" },
  { name: "cnt_tr_mobile_3m", group: "spending", kind: "count" },
  { name: "cnt_tr_on_card_3m", group: "spending", kind: "count" },
  { name: "cnt_tr_cash_3m", group: "spending", kind: "count" },
  { name: "cnt_tr_top_up_3m", group: "spending", kind: "count" },
  { name: "cnt_tr_all_3m", group: "spending", kind: "count" },
  { name: "visit_purposes", group: "visits", kind: "purpose", main: true },
  { name: "qnt_months_from_last_visit", group: "visits", kind: "number" },
];

export const GROUPS: readonly FieldGroup[] = ["who", "bank", "spending", "visits"];

export const FEATURE_NAMES: ReadonlySet<string> = new Set(FIELDS.map((field) => field.name));

/** Fields of a table that must be numbers where they are known. */
export const NUMERIC: ReadonlySet<string> = new Set(
  FIELDS.filter((field) => ["gender", "flag", "count", "money", "number"].includes(field.kind)).map(
    (field) => field.name,
  ),
);

export const PURPOSES = [
  "DCARD",
  "DEPOSIT",
  "TRANS",
  "CCARD",
  "POTREB",
  "CREDIT",
  "INVEST",
  "PAY",
  "MVNO",
  "SDB",
  "EXTRACT",
  "ORDER",
  "DEPOSCLOSE",
  "OTHER",
] as const;

/** Letters of the segments; the API understands a segment by its letter. */
export const SEGMENTS = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"] as const;

export const EVENT_TYPES = [
  "salary",
  "large_purchase",
  "large_top_up",
  "deposit_closing",
  "loan_repaid",
  "card_expiring",
  "trip",
  "fuel_often",
  "home_purchase",
  "car_purchase",
  "birthday",
  "app_visit",
  "office_visit",
  "call_refused",
] as const satisfies readonly components["schemas"]["EventIn"]["type"][];
export type EventType = (typeof EVENT_TYPES)[number];
