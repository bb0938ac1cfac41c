import { Autocomplete, Button, Popover, RangeSlider, Stack, Text } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { type Filters, useAddress } from "@/features/history/filters";
import { versionsQuery } from "@/features/history/queries";
import { TypedFilter } from "@/ui/typed-filter";
import "@/features/history/texts";

const WHOLE: [number, number] = [0, 100];
const MARKS = [0, 40, 70, 100].map((value) => ({ value, label: String(value) }));

function percent(share: string | undefined, otherwise: number): number {
  return share === undefined ? otherwise : Math.round(Number(share) * 100);
}

/** The filters that are asked for less often: dates, confidence, model, client, batch. */
export function MoreFilters() {
  const { t } = useTranslation("history");
  const { filters, go } = useAddress();
  const set = [
    filters.from ?? filters.to,
    filters.min_confidence ?? filters.max_confidence,
    filters.model_version,
    filters.client_id,
    filters.batch_id,
  ].filter(Boolean).length;
  return (
    <Popover width={320} position="bottom-start" trapFocus returnFocus closeOnClickOutside>
      <Popover.Target>
        <Button
          variant={set ? "light" : "default"}
          leftSection={<IconAdjustmentsHorizontal size={16} stroke={1.6} />}
        >
          {set ? t("moreSet", { count: set }) : t("more")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("more")}>
        <Stack gap="sm">
          <Days
            key={`${filters.from}-${filters.to}`}
            from={filters.from}
            to={filters.to}
            onChange={(from, to) => go({ from, to })}
          />
          <ConfidenceRange />
          <ModelVersion />
          <TypedFilter
            label={t("clientId")}
            value={filters.client_id}
            onChange={(client_id) => go({ client_id })}
            maxLength={128}
          />
          {filters.batch_id && (
            <TypedFilter
              label={t("batch")}
              value={filters.batch_id}
              onChange={(batch_id) => go({ batch_id })}
            />
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

interface DaysProps {
  from: string | undefined;
  to: string | undefined;
  onChange: (from: string | undefined, to: string | undefined) => void;
}

/** Both days are chosen before the filter takes hold. */
function Days({ from, to, onChange }: DaysProps) {
  const { t } = useTranslation("history");
  const [days, setDays] = useState<[string | null, string | null]>([from ?? null, to ?? null]);
  return (
    <DatePickerInput
      type="range"
      label={t("dates")}
      valueFormat="DD.MM.YYYY"
      value={days}
      onChange={(chosen) => {
        setDays(chosen);
        if (Boolean(chosen[0]) === Boolean(chosen[1]))
          onChange(chosen[0] ?? undefined, chosen[1] ?? undefined);
      }}
      allowSingleDateInRange
      clearable
      popoverProps={{ withinPortal: false }}
    />
  );
}

function ConfidenceRange() {
  const { t } = useTranslation("history");
  const { filters, go } = useAddress();
  const [least, most] = [
    percent(filters.min_confidence, WHOLE[0]),
    percent(filters.max_confidence, WHOLE[1]),
  ];
  const [shown, setShown] = useState<[number, number]>([least, most]);
  const [seen, setSeen] = useState(shown);
  if (seen[0] !== least || seen[1] !== most) {
    setSeen([least, most]);
    setShown([least, most]); // the address has changed, here or elsewhere
  }
  const choose = ([least, most]: [number, number]): void => {
    const changes: Filters = {
      min_confidence: least > WHOLE[0] ? String(least / 100) : undefined,
      max_confidence: most < WHOLE[1] ? String(most / 100) : undefined,
    };
    go(changes);
  };
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {t("confidenceRange")}
      </Text>
      <RangeSlider
        value={shown}
        onChange={setShown}
        onChangeEnd={choose}
        minRange={0}
        marks={MARKS}
        mb="md"
        mx={4}
        thumbFromLabel={`${t("confidenceRange")} ≥`}
        thumbToLabel={`${t("confidenceRange")} ≤`}
      />
    </div>
  );
}

function ModelVersion() {
  const { t } = useTranslation("history");
  const { filters, go } = useAddress();
  const me = useMe();
  // an external system sees no quality figures and types the version
  const versions = useQuery({ ...versionsQuery, enabled: me !== undefined && me.role !== "service" });
  return (
    <Autocomplete
      key={filters.model_version}
      label={t("model")}
      data={versions.data ?? []}
      defaultValue={filters.model_version ?? ""}
      onOptionSubmit={(version) => go({ model_version: version })}
      onClear={() => go({ model_version: undefined })}
      onBlur={(event) => {
        const typed = event.currentTarget.value.trim() || undefined;
        if (typed !== filters.model_version) go({ model_version: typed });
      }}
      comboboxProps={{ withinPortal: false }}
      clearable
    />
  );
}
