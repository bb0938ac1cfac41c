import { Button, Select } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { IconCalendar } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { dayOf, shifted, today } from "@/features/users/audit-days";
import { word } from "@/features/users/audit-value";
import { ACTIONS } from "@/features/users/audit-words";
import { SearchField } from "@/ui/search-field";
import "@/features/users/texts";
import classes from "./list.module.css";

export interface AuditSearch {
  actor?: string;
  action?: string;
  target?: string;
  from?: string;
  to?: string;
}

interface AuditFiltersProps {
  search: AuditSearch;
  onChange: (change: AuditSearch) => void;
}

export function AuditFilterBar({ search, onChange }: AuditFiltersProps) {
  const { t } = useTranslation("users");
  const now = today();
  const groups = Object.entries(ACTIONS).map(([group, verbs]) => ({
    group: t(`group.${group}`),
    items: [
      ...(verbs.length > 1 ? [{ value: `${group}.`, label: t("all", { group: t(`group.${group}`) }) }] : []),
      ...verbs.map((verb) => ({ value: `${group}.${verb}`, label: t(`action.${group}.${verb}`) })),
    ],
  }));
  const known = groups.some(({ items }) => items.some((item) => item.value === search.action));
  // a beginning that somebody wrote into the address by hand is kept and can be taken off
  const foreign =
    search.action && !known ? [{ value: search.action, label: word(t, "group", search.action) }] : [];
  const set = Object.values(search).some(Boolean);
  return (
    <search className={classes.bar}>
      <SearchField
        label={t("actor")}
        placeholder={`${t("actor")}: ${t("actorHint")}`}
        value={search.actor}
        onChange={(actor) => onChange({ actor })}
        maxLength={64}
        w={168}
      />
      <Select
        aria-label={t("auditHead.action")}
        data={[{ value: "", label: t("anyAction") }, ...foreign, ...groups]}
        value={search.action ?? ""}
        onChange={(action) => onChange({ action: action || undefined })}
        searchable
        maxDropdownHeight={420}
        w={232}
      />
      <SearchField
        label={t("target")}
        placeholder={`${t("target")}: ${t("targetHint")}`}
        value={search.target}
        onChange={(target) => onChange({ target })}
        maxLength={200}
        w={264}
      />
      <DatePickerInput
        type="range"
        placeholder={`${t("dates")}: ${t("datesHint")}`}
        leftSection={<IconCalendar size={16} stroke={1.6} />}
        valueFormat="D MMM YYYY"
        maxDate={now}
        allowSingleDateInRange
        clearable
        presets={[
          { value: [now, now], label: t("today") },
          { value: [shifted(now, -6), now], label: t("week") },
          { value: [shifted(now, -29), now], label: t("month") },
        ]}
        value={[dayOf(search.from) ?? null, dayOf(search.to) ?? null]}
        onChange={([from, to]) => onChange({ from: from ?? undefined, to: to ?? undefined })}
        miw={224}
      />
      {set && (
        <Button
          variant="subtle"
          color="gray"
          onClick={() =>
            onChange({
              actor: undefined,
              action: undefined,
              target: undefined,
              from: undefined,
              to: undefined,
            })
          }
        >
          {t("common:act.reset")}
        </Button>
      )}
    </search>
  );
}
