import { ActionIcon, Button, Select, Stack, TextInput, Tooltip } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { newKey } from "@/api/key";
import type { EventDraft } from "./draft";
import { EVENT_TYPES, type EventType } from "./fields";
import classes from "./page.module.css";
import type { FieldErrors } from "./refusal";

const MOST_EVENTS = 50;

interface EventListProps {
  events: EventDraft[];
  onChange: (update: (events: EventDraft[]) => EventDraft[]) => void;
  errors: FieldErrors;
}

/** What happened to the client, or is about to. */
export function EventList({ events, onChange, errors }: EventListProps) {
  const { t } = useTranslation("compose");
  const add = (): void =>
    onChange((now) => [
      ...now,
      { key: newKey(), type: "salary", at: dayjs().format("YYYY-MM-DD"), page: "" },
    ]);
  return (
    <fieldset className={classes.group}>
      <legend className={classes.legend}>{t("events")}</legend>
      <Stack gap="sm" align="stretch">
        {events.map((event, index) => (
          <EventRow
            key={event.key}
            event={event}
            error={(name) => errors[`events/${index}/${name}`]}
            onChange={(changed) =>
              onChange((now) => now.map((one) => (one.key === event.key ? { ...one, ...changed } : one)))
            }
            onRemove={() => onChange((now) => now.filter((one) => one.key !== event.key))}
          />
        ))}
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          onClick={add}
          disabled={events.length >= MOST_EVENTS}
          style={{ alignSelf: "flex-start" }}
        >
          {t("addEvent")}
        </Button>
      </Stack>
    </fieldset>
  );
}

interface EventRowProps {
  event: EventDraft;
  error: (name: string) => string | undefined;
  onChange: (changed: Partial<EventDraft>) => void;
  onRemove: () => void;
}

function EventRow({ event, error, onChange, onRemove }: EventRowProps) {
  const { t } = useTranslation("compose");
  return (
    <div className={classes.event}>
      <Select
        label={t("eventType")}
        data={EVENT_TYPES.map((type) => ({ value: type, label: t(`event.${type}`) }))}
        value={event.type}
        onChange={(type) => type && onChange({ type: type as EventType })}
        error={error("type")}
        comboboxProps={{ width: "max-content", position: "bottom-start" }}
      />
      <TextInput
        type="date"
        label={t("eventDate")}
        value={event.at}
        onChange={(change) => onChange({ at: change.currentTarget.value })}
        error={error("at")}
      />
      <Tooltip label={t("removeEvent")}>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("removeEvent")} onClick={onRemove}>
          <IconTrash size={16} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      {event.type === "app_visit" && (
        <TextInput
          className={classes.wholeRow}
          label={t("eventPage")}
          placeholder={t("eventPageHint")}
          value={event.page}
          onChange={(change) => onChange({ page: change.currentTarget.value })}
          error={error("page")}
          maxLength={200}
        />
      )}
    </div>
  );
}
