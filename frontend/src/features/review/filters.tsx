import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Filters, Order } from "@/features/review/queries";
import classes from "@/features/review/review.module.css";
import "@/features/review/texts";
import { channelsInUseQuery, productsOnSaleQuery } from "@/ui/catalogue";

const ORDERS: readonly Order[] = ["uncertain", "valuable", "newest", "oldest"];

/** The filters as they stand in the address. */
export function useFilters(): Filters {
  const { product, channel, order } = useSearch({ from: "/inside/review" });
  const known = ORDERS.find((one) => one === order) ?? "uncertain";
  return { ...(product && { product }), ...(channel && { channel }), order: known };
}

export function useSetFilters(): (change: Partial<Filters>) => void {
  const navigate = useNavigate({ from: "/review" });
  return (change) => void navigate({ search: (former) => ({ ...former, ...change }), replace: true });
}

/** Which texts to review, and in which order. */
export function FiltersBar() {
  const { t } = useTranslation("review");
  const filters = useFilters();
  const set = useSetFilters();
  const products = useQuery(productsOnSaleQuery).data ?? [];
  const channels = useQuery(channelsInUseQuery).data ?? [];
  const choose = (change: Partial<Filters>): void => {
    set(change);
    // the keys of the page are silent in a field, so the field lets go of the focus
    setTimeout(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  };
  return (
    <div className={classes.filters}>
      <Select
        size="xs"
        w={208}
        aria-label={t("product")}
        placeholder={`${t("product")}: ${t("all").toLowerCase()}`}
        data={products.map((one) => ({ value: one.code, label: one.name }))}
        value={filters.product ?? null}
        onChange={(value) => choose({ product: value ?? undefined })}
        searchable
        clearable
      />
      <Select
        size="xs"
        w={184}
        aria-label={t("channel")}
        placeholder={`${t("channel")}: ${t("all").toLowerCase()}`}
        data={channels.map((one) => ({ value: one.code, label: one.name }))}
        value={filters.channel ?? null}
        onChange={(value) => choose({ channel: value ?? undefined })}
        clearable
      />
      <Select
        size="xs"
        w={152}
        aria-label={t("order")}
        data={ORDERS.map((one) => ({ value: one, label: t(`orders.${one}`) }))}
        value={filters.order}
        onChange={(value) => choose({ order: ORDERS.find((one) => one === value) })}
      />
    </div>
  );
}
