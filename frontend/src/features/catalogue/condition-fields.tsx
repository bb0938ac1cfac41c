import { ActionIcon, Alert, Button, Divider, Group, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { IconAlertCircle, IconCircle, IconCircleCheck, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { completeness, isRequired } from "@/features/catalogue/checklist";
import type { FieldsProps } from "@/features/catalogue/product-values";
import type { ChecklistItem } from "@/features/catalogue/queries";
import "@/features/catalogue/texts";
import { Code } from "@/ui/records";
import classes from "./catalogue.module.css";

const KEY = /^[a-z][a-z0-9_]{1,39}$/;

/** The card as a form: what the law wants named together, what of it is there and what is not. */
export function ConditionFields({
  values,
  set,
  error,
  readOnly,
  listed,
}: FieldsProps & { listed: ChecklistItem[] }) {
  const { t } = useTranslation("catalogue");
  const [onlyMissing, setOnlyMissing] = useState(false);
  const { card } = values;
  const { required, missing } = completeness(listed, card);
  const put = (key: string, phrase: string) => set({ card: { ...card, [key]: phrase } });
  const extra = Object.keys(card).filter((key) => !listed.some((item) => item.key === key));
  const shown = onlyMissing ? listed.filter((item) => missing.includes(item)) : listed;
  return (
    <>
      {listed.length ? (
        <Alert color={missing.length ? "yellow" : "green"} variant="light" mb="sm">
          <Group justify="space-between" gap="xs">
            <Text size="sm" fw={600}>
              {t("conditions.summary", { filled: required.length - missing.length, all: required.length })}
            </Text>
            <Switch
              size="xs"
              label={t("conditions.onlyMissing")}
              checked={onlyMissing}
              onChange={(event) => setOnlyMissing(event.currentTarget.checked)}
            />
          </Group>
          <Text size="sm">{t(missing.length ? "conditions.lacking" : "conditions.full")}</Text>
        </Alert>
      ) : (
        <Alert color="yellow" variant="light" mb="sm">
          {t("conditions.noGroup")}
        </Alert>
      )}
      {error("/card") && (
        <Text c="var(--ol-bad)" size="sm" role="alert">
          {error("/card")}
        </Text>
      )}
      {onlyMissing && !shown.length && (
        <Text size="sm" c="var(--ol-quiet)">
          {t("conditions.nothingMissing")}
        </Text>
      )}
      {shown.map((item) => (
        <ConditionField
          key={item.key}
          item={item}
          listed={listed}
          card={card}
          error={error(`/card/${item.key}`)}
          readOnly={readOnly}
          put={put}
        />
      ))}
      {!onlyMissing && (extra.length > 0 || !readOnly) && (
        <ExtraConditions keys={extra} card={card} put={put} set={set} error={error} readOnly={readOnly} />
      )}
    </>
  );
}

interface ConditionFieldProps {
  item: ChecklistItem;
  listed: ChecklistItem[];
  card: Record<string, string>;
  error: string | undefined;
  readOnly: boolean;
  put: (key: string, phrase: string) => void;
}

function ConditionField({ item, listed, card, error, readOnly, put }: ConditionFieldProps) {
  const { t } = useTranslation("catalogue");
  const phrase = card[item.key] ?? "";
  const demanded = isRequired(item, card);
  const mark = phrase.trim() ? "filled" : demanded ? "missing" : "free";
  const Icon = { filled: IconCircleCheck, missing: IconAlertCircle, free: IconCircle }[mark];
  const cause = listed.find((one) => one.key === item.needed_with)?.label ?? item.needed_with ?? "";
  const need = item.required
    ? t("conditions.required")
    : demanded
      ? t("conditions.neededWith", { label: cause })
      : t("conditions.optional");
  return (
    <div className={classes.item}>
      <Icon size={18} className={classes.mark} data-mark={mark} aria-hidden />
      <Textarea
        label={
          <>
            {capital(item.label)}{" "}
            <span className={classes.need} data-missing={mark === "missing" || undefined}>
              {need}
              {mark === "missing" && `, ${t("conditions.missing")}`}
            </span>
          </>
        }
        placeholder={readOnly ? undefined : t("conditions.example")}
        value={phrase}
        onChange={(event) => put(item.key, event.currentTarget.value.replace(/\n/g, " "))}
        error={error}
        maxLength={1000}
        autosize
        readOnly={readOnly}
      />
    </div>
  );
}

interface ExtraProps {
  keys: string[];
  card: Record<string, string>;
  put: (key: string, phrase: string) => void;
  set: FieldsProps["set"];
  error: FieldsProps["error"];
  readOnly: boolean;
}

/** Phrases outside the checklist: what they name counts as grounded too. */
function ExtraConditions({ keys, card, put, set, error, readOnly }: ExtraProps) {
  const { t } = useTranslation("catalogue");
  const [key, setKey] = useState("");
  const free = KEY.test(key) && !(key in card);
  const add = () => {
    put(key, "");
    setKey("");
  };
  const remove = (gone: string) =>
    set({ card: Object.fromEntries(Object.entries(card).filter(([one]) => one !== gone)) });
  return (
    <>
      <Divider my="md" label={t("conditions.extra")} labelPosition="left" />
      <Text size="xs" c="var(--ol-quiet)" mb="xs">
        {t("conditions.extraHint")}
      </Text>
      {keys.map((one) => (
        <div key={one} className={classes.line}>
          <Textarea
            label={<Code>{one}</Code>}
            value={card[one]}
            onChange={(event) => put(one, event.currentTarget.value.replace(/\n/g, " "))}
            error={error(`/card/${one}`)}
            maxLength={1000}
            autosize
            readOnly={readOnly}
          />
          {!readOnly && (
            <ActionIcon
              variant="subtle"
              color="red"
              mt={24}
              onClick={() => remove(one)}
              aria-label={t("conditions.remove", { label: one })}
            >
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </div>
      ))}
      {!readOnly && (
        <Group gap="xs" mt="xs">
          <TextInput
            aria-label={t("conditions.extraKey")}
            placeholder={t("conditions.extraKey")}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value.toLowerCase())}
            maxLength={40}
            w={280}
          />
          <Button variant="default" onClick={add} disabled={!free}>
            {t("conditions.add")}
          </Button>
        </Group>
      )}
    </>
  );
}

function capital(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}
