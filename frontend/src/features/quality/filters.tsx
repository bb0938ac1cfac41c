import { Button, Group, Select } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { IconCalendar, IconFilterOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { addDays, today } from "@/features/quality/period";
import { ratesQuery } from "@/features/quality/queries";
import { useQualitySearch } from "@/features/quality/search";
import "@/features/quality/texts";
import { channelsInUseQuery, productsOnSaleQuery } from "@/ui/catalogue";

const LAST_DAYS = [7, 30, 90, 365];

interface Choice {
  value: string;
  label: string;
}

/** A value that the list does not hold, of a link or of the archive, is chosen all the same. */
function withChosen(choices: Choice[], chosen: string | undefined): Choice[] {
  if (!chosen || choices.some((one) => one.value === chosen)) return choices;
  return [...choices, { value: chosen, label: chosen }];
}

/** What narrows the whole page. */
export function QualityFilters() {
  const { t } = useTranslation("quality");
  const { filters, narrowed, change, reset } = useQualitySearch();
  const products = useQuery(productsOnSaleQuery).data ?? [];
  const channels = useQuery(channelsInUseQuery).data ?? [];
  const versions = useQuery(ratesQuery("model_version", {})).data?.groups ?? [];
  const named = (one: { code: string; name: string }): Choice => ({ value: one.code, label: one.name });
  const choices = {
    product: withChosen(products.map(named), filters.product),
    channel: withChosen(channels.map(named), filters.channel),
    model_version: withChosen(
      versions.flatMap(({ key }) => (key ? [{ value: key, label: key }] : [])),
      filters.model_version,
    ),
  };
  const select = (name: keyof typeof choices, label: string) => (
    <Select
      label={label}
      placeholder={t("filter.any")}
      data={choices[name]}
      value={filters[name] ?? null}
      onChange={(value) => change({ [name]: value ?? undefined })}
      clearable
      searchable
      w={{ base: "calc(50% - 6px)", xs: 190 }}
    />
  );
  return (
    <Group gap="sm" align="flex-end" mb="md">
      <Period />
      {select("product", t("filter.product"))}
      {select("channel", t("filter.channel"))}
      {select("model_version", t("filter.version"))}
      {narrowed && (
        <Button variant="subtle" color="gray" leftSection={<IconFilterOff size={16} />} onClick={reset}>
          {t("filter.reset")}
        </Button>
      )}
    </Group>
  );
}

function Period() {
  const { t } = useTranslation("quality");
  const { filters, change } = useQualitySearch();
  const now = today();
  return (
    <DatePickerInput
      // a finished period of the address starts the picker anew; half of one stays inside it
      key={`${filters.from}…${filters.to}`}
      type="range"
      size="sm"
      label={t("filter.period")}
      leftSection={<IconCalendar size={16} stroke={1.6} aria-hidden />}
      placeholder={t("filter.allTime")}
      valueFormat="D MMM YYYY"
      defaultValue={[filters.from ?? null, filters.to ?? null]}
      onChange={([from, to]) => {
        if (from && to) change({ from, to });
        if (!from && !to) change({ from: undefined, to: undefined });
      }}
      presets={LAST_DAYS.map((count) => ({
        value: [addDays(now, 1 - count), now] as [string, string],
        label: t("filter.days", { count }),
      }))}
      maxDate={now}
      allowSingleDateInRange
      clearable
      w={{ base: "100%", xs: 260 }}
    />
  );
}
