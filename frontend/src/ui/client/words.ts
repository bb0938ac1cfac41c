import type { TFunction } from "i18next";
import { formatNumber } from "@/i18n/format";

type Features = Record<string, unknown>;

/** Fields in the order in which a person would tell of a client. */
const ORDER = [
  ...["gender", "age", "reg_region_nm", "super_clust", "app_position_type_nm", "app_vehicle_ind"],
  ...["cnt_zp_12m", "sum_zp_12m", "cnt_dep_act", "sum_dep_now", "avg_dep_avg_balance_1month"],
  ...["max_dep_avg_balance_3month", "avg_outstanding_amount_3m", "max_outstanding_amount_6m"],
  ...["limit_exchange_count", "cnt_tr_all_3m", "cnt_tr_buy_3m", "cnt_tr_oil_3m", "cnt_tr_service_3m"],
  ...["cnt_tr_mobile_3m", "cnt_tr_on_card_3m", "cnt_tr_cash_3m", "cnt_tr_top_up_3m"],
  ...["visit_purposes", "qnt_months_from_last_visit"],
];

interface Told {
  name: string;
  label: string;
  value: string;
}

/** What is known of a client, field by field, in the reader's words; `t` is of the namespace "client". */
export function tellClient(features: Features, t: TFunction<"client">): Told[] {
  const names = [...ORDER, ...Object.keys(features).filter((name) => !ORDER.includes(name))];
  return names.flatMap((name) => {
    const value = features[name];
    if (value === null || value === undefined || value === "") return [];
    return [{ name, label: t(`field.${name}`, { defaultValue: name }), value: tellValue(name, value, t) }];
  });
}

function tellValue(name: string, value: unknown, t: TFunction<"client">): string {
  if (name === "gender") return t(`gender.${value}`, { defaultValue: String(value) });
  if (name === "app_vehicle_ind") return t(Number(value) ? "yes" : "no");
  if (name === "age") return t("age", { count: Math.floor(Number(value)) });
  if (name === "visit_purposes") return t(`purpose.${value}`, { defaultValue: String(value) });
  // "d. Масс-ЗП (1,3)": the letter and the numbers of sub-clusters say nothing to a person
  if (name === "super_clust")
    return String(value)
      .replace(/^\s*\p{L}[.):\s]\s*/u, "")
      .replace(/\s*\([\d,\s]*\)\s*$/, "");
  if (name === "qnt_months_from_last_visit") return t("months", { value: formatNumber(Number(value)) });
  if (typeof value === "number") return formatNumber(value) + (/sum|avg|max/.test(name) ? "\u00a0₽" : "");
  return String(value);
}
