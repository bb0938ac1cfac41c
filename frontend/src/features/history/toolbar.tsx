import { Button, Group, Select } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Filters, useAddress } from "@/features/history/filters";
import { MoreFilters } from "@/features/history/more-filters";
import { reasonsQuery } from "@/features/history/queries";
import { channelsInUseQuery, productsOnSaleQuery } from "@/ui/catalogue";
import { SearchField } from "@/ui/search-field";
import classes from "./history.module.css";
import "@/features/history/texts";

interface Choice {
  value: string;
  label: string;
}

/** The catalogue's choices and, where it is none of them, the one that the address names. */
function choices(
  found: readonly { code: string; name: string }[] | undefined,
  now: string | undefined,
): Choice[] {
  const known = (found ?? []).map(({ code, name }) => ({ value: code, label: name }));
  return !now || known.some(({ value }) => value === now) ? known : [...known, { value: now, label: now }];
}

/** The filters of the history; each one takes hold at once and stands in the address. */
export function Toolbar() {
  const { t } = useTranslation("history");
  const { filters, sort, go, replace } = useAddress();
  const products = useQuery(productsOnSaleQuery);
  const channels = useQuery(channelsInUseQuery);
  const any = Object.keys(filters).length > 0;
  return (
    <Group gap="xs" mb="sm" role="search" aria-label={t("title")}>
      <SearchField
        className={classes.search}
        label={t("words")}
        value={filters.q}
        onChange={(q) => go({ q })}
        maxLength={200}
      />
      <Select
        w={184}
        aria-label={t("product")}
        placeholder={t("product")}
        data={choices(products.data, filters.product)}
        value={filters.product ?? null}
        onChange={(product) => go({ product: product ?? undefined })}
        clearable
        searchable
      />
      <Select
        w={160}
        aria-label={t("channel")}
        placeholder={t("channel")}
        data={choices(channels.data, filters.channel)}
        value={filters.channel ?? null}
        onChange={(channel) => go({ channel: channel ?? undefined })}
        clearable
      />
      <Select
        w={144}
        aria-label={t("label")}
        placeholder={t("label")}
        data={(["success", "failure", "none"] as const).map((one) => ({
          value: one,
          label: t(`common:label.${one}`),
        }))}
        value={filters.label ?? null}
        onChange={(label) => go({ label: (label ?? undefined) as Filters["label"], reason: undefined })}
        clearable
      />
      {(filters.label === "failure" || filters.reason) && <Reason />}
      <MoreFilters />
      {any && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconX size={16} stroke={1.6} />}
          onClick={() => replace({}, sort)}
        >
          {t("reset")}
        </Button>
      )}
    </Group>
  );
}

/** Failures may be narrowed to one reason. */
function Reason() {
  const { t } = useTranslation("history");
  const { filters, go } = useAddress();
  const reasons = useQuery(reasonsQuery);
  const known = (reasons.data ?? []).map(({ code, words }) => ({ code, name: words }));
  return (
    <Select
      w={184}
      aria-label={t("failureReason")}
      placeholder={t("failureReason")}
      data={choices(known, filters.reason)}
      value={filters.reason ?? null}
      onChange={(reason) => go({ reason: (reason ?? undefined) as Filters["reason"] })}
      clearable
    />
  );
}
