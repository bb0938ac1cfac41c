import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "./client-field";
import type { Draft } from "./draft";
import { EventList } from "./event-list";
import { type FeatureName, FIELDS, GROUPS } from "./fields";
import classes from "./page.module.css";
import type { FieldErrors } from "./refusal";
import type { Change } from "./stored";

interface ClientFormProps {
  draft: Draft;
  change: Change<Draft>;
  errors: FieldErrors;
}

/** One client in plain words; what is filled in is never hidden. */
export function ClientForm({ draft, change, errors }: ClientFormProps) {
  const { t } = useTranslation("compose");
  const [all, { toggle }] = useDisclosure(false);
  const shown = FIELDS.filter((field) => all || field.main || draft.fields[field.name]);
  const hidden = FIELDS.length - shown.length;
  const fill = (name: FeatureName, value: string): void =>
    change((current) => ({ fields: { ...current.fields, [name]: value } }));
  return (
    <Stack gap="md">
      <TextInput
        label={t("clientId")}
        value={draft.clientId}
        onChange={(event) => change({ clientId: event.currentTarget.value })}
        error={errors.client_id}
        maxLength={128}
      />
      {GROUPS.map((group) => (
        <fieldset key={group} className={classes.group}>
          <legend className={classes.legend}>{t(`group.${group}`)}</legend>
          <div className={classes.pair}>
            {shown
              .filter((field) => field.group === group)
              .map((field) => (
                <FieldInput
                  key={field.name}
                  field={field}
                  value={draft.fields[field.name] ?? ""}
                  onChange={(value) => fill(field.name, value)}
                  error={errors[`features/${field.name}`]}
                />
              ))}
          </div>
        </fieldset>
      ))}
      {(hidden > 0 || all) && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={toggle}
          aria-expanded={all}
          style={{ alignSelf: "flex-start" }}
          leftSection={all ? <IconChevronUp size={16} /> : <IconChevronDown size={16} />}
        >
          {all ? t("less") : t("more", { count: hidden })}
        </Button>
      )}
      {all && (
        <Text size="xs" c="var(--ol-quiet)">
          {t("privacy")}
        </Text>
      )}
      <EventList
        events={draft.events}
        onChange={(update) => change((current) => ({ events: update(current.events) }))}
        errors={errors}
      />
    </Stack>
  );
}
