import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "@/api/client";
import { AUTO } from "@/ui/options/options";

const RARELY = 5 * 60_000;
const MOST = 200;

/** Products that texts can be written about, in the order of the catalogue. */
export const productsOnSaleQuery = queryOptions({
  queryKey: ["products", "ready"],
  queryFn: () => data(api.GET("/api/v1/products", { params: { query: { state: "ready", limit: MOST } } })),
  select: (page) => page.items,
  staleTime: RARELY,
});

/** Channels that texts can be written for, in the order of the catalogue. */
export const channelsInUseQuery = queryOptions({
  queryKey: ["channels", "ready"],
  queryFn: () => data(api.GET("/api/v1/channels", { params: { query: { state: "ready", limit: MOST } } })),
  select: (page) => page.items,
  staleTime: RARELY,
});

/** How the bank is called, for the sender's line of a preview. */
export const bankQuery = queryOptions({
  queryKey: ["bank"],
  queryFn: () => data(api.GET("/api/v1/bank")),
  staleTime: RARELY,
});

/** Names by code, short enough for a table. */
export interface Names {
  product: (code: string) => string;
  channel: (code: string) => string;
}

/**
 * Names of the catalogue; what it does not offer any more is shown by its code. The channels that every installation has
 * are called by a word.
 */
export function useNames(): Names {
  const { t } = useTranslation();
  const onSale = useNamed(useQuery(productsOnSaleQuery).data);
  const product = useCallback(
    (code: string) => (code === AUTO ? t("product.none") : onSale(code)),
    [t, onSale],
  );
  const named = useNamed(useQuery(channelsInUseQuery).data);
  const channel = useCallback(
    (code: string) => t(`channel.${code}`, { defaultValue: named(code) }),
    [t, named],
  );
  return useMemo(() => ({ product, channel }), [product, channel]);
}

function useNamed(found: readonly { code: string; name: string }[] | undefined): (code: string) => string {
  return useMemo(() => {
    const names = new Map(found?.map(({ code, name }) => [code, name]));
    return (code) => names.get(code) ?? code;
  }, [found]);
}
