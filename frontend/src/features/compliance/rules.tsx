import { Button, SegmentedControl, Select, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { channelsOf, fits, groupsOf } from "@/features/compliance/filter";
import type { Rule } from "@/features/compliance/queries";
import { RuleTable } from "@/features/compliance/rule-table";
import { useAddress } from "@/ui/address";
import "@/features/compliance/texts";
import { Filters } from "@/ui/filters";
import { SearchField } from "@/ui/search-field";
import { Empty } from "@/ui/states";

export function RulesTab({ rules }: { rules: Rule[] }) {
  const { t } = useTranslation("compliance");
  const { t: common } = useTranslation();
  const { search, go } = useAddress();
  const groups = groupsOf(rules);
  const channels = channelsOf(rules);
  const shown = rules.filter((rule) => fits(rule, search));
  const reset = () =>
    go({ q: undefined, severity: undefined, group: undefined, channel: undefined, show: undefined });
  return (
    <>
      <Filters>
        <SearchField
          label={t("filter.search")}
          value={search.q}
          onChange={(q) => go({ q }, true)}
          w={{ base: "100%", sm: 280 }}
        />
        <Select
          aria-label={t("column.severity")}
          placeholder={t("filter.severity")}
          data={(["block", "warn"] as const).map((one) => ({ value: one, label: t(`severity.${one}`) }))}
          value={search.severity ?? null}
          onChange={(severity) => go({ severity: severity ?? undefined }, true)}
          clearable
          w={{ sm: 168 }}
        />
        <Select
          aria-label={t("column.products")}
          placeholder={t("filter.group")}
          data={groups}
          value={search.group ?? null}
          onChange={(group) => go({ group: group ?? undefined }, true)}
          searchable
          clearable
        />
        <Select
          aria-label={t("column.channels")}
          placeholder={t("filter.channel")}
          data={channels.map((one) => ({ value: one, label: t(`channel.${one}`) }))}
          value={search.channel ?? null}
          onChange={(channel) => go({ channel: channel ?? undefined }, true)}
          clearable
        />
        <SegmentedControl
          aria-label={t("column.enabled")}
          size="xs"
          data={[
            { value: "", label: t("filter.enabled") },
            { value: "changed", label: t("filter.changed") },
            { value: "off", label: t("filter.off") },
          ]}
          value={search.show ?? ""}
          onChange={(show) => go({ show: show || undefined }, true)}
        />
        <Text size="sm" c="var(--ol-quiet)" aria-live="polite">
          {t("filter.found", { count: shown.length })}
        </Text>
      </Filters>
      {shown.length ? (
        <RuleTable rules={shown} groups={groups.length} channels={channels.length} />
      ) : (
        <Empty
          title={t("none")}
          hint={t("noneHint")}
          action={
            <Button variant="default" onClick={reset}>
              {common("act.reset")}
            </Button>
          }
        />
      )}
    </>
  );
}
