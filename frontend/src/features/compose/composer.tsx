import { Alert, Button, Divider, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { FormEvent, KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { Key } from "@/ui/kbd";
import { CallOptions } from "@/ui/options/call-options";
import { useProblemText } from "@/ui/states";
import { ClientForm } from "./client-form";
import { EMPTY_CLIENTS, type Mode } from "./draft";
import { ManyClients } from "./many-clients";
import classes from "./page.module.css";
import { fieldErrors, leftErrors } from "./refusal";
import type { Desk } from "./use-desk";

/** The form: what to write, for whom. */
export function Composer({ desk }: { desk: Desk }) {
  const { t } = useTranslation("compose");
  const { t: common } = useTranslation();
  const { draft, change, write, submit, clients, most } = desk;
  const errors = fieldErrors(write.error, draft.mode);
  const tooMany = most !== undefined && clients.length > most;
  const ready = clients.length > 0 && !tooMany;
  const counted = clients.length ? t("submit", { count: clients.length }) : t("submitNone");
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) submit();
  };
  const sendByKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (ready) submit();
  };
  return (
    <form className={classes.form} onSubmit={send} onKeyDown={sendByKey} noValidate aria-label={t("title")}>
      <div className={classes.scroll}>
        <CallOptions
          options={draft}
          // another channel takes another number of clients
          change={(part) => change(part.channel ? { ...part, onlyFirst: false } : part)}
          errors={errors}
        />
        <Divider my="md" color="var(--ol-line)" />
        <Group justify="space-between" mb="sm">
          <Text fw={600}>{t("clientTitle")}</Text>
          <SegmentedControl
            size="xs"
            aria-label={t("modeLabel")}
            value={draft.mode}
            onChange={(mode) => change({ mode: mode as Mode })}
            data={(["one", "many"] as const).map((mode) => ({ value: mode, label: t(`mode.${mode}`) }))}
          />
        </Group>
        {draft.mode === "one" ? (
          <ClientForm draft={draft} change={change} errors={errors} />
        ) : (
          <ManyClients desk={desk} />
        )}
      </div>
      <div className={classes.foot}>
        <Refusal desk={desk} />
        <Group gap="xs" wrap="nowrap">
          <Button
            type="submit"
            flex={1}
            loading={write.isPending}
            disabled={!ready}
            // an answer may come between the two clicks of a double one
            onClick={(event) => event.detail > 1 && event.preventDefault()}
            rightSection={<Key>Ctrl ↵</Key>}
          >
            {clients.length === 1 ? t("submitSingle") : counted}
          </Button>
          <Button
            variant="subtle"
            color="gray"
            onClick={() =>
              modals.openConfirmModal({
                title: t("resetTitle"),
                children: <Text size="sm">{t("resetHint")}</Text>,
                labels: { confirm: t("reset"), cancel: common("act.cancel") },
                onConfirm: () => {
                  change(EMPTY_CLIENTS);
                  write.reset();
                },
              })
            }
          >
            {t("reset")}
          </Button>
        </Group>
      </div>
    </form>
  );
}

/** Why the last call failed, apart from what stands at the fields. */
function Refusal({ desk }: { desk: Desk }) {
  const { t } = useTranslation("compose");
  const say = useProblemText();
  const { error } = desk.write;
  if (!error) return null;
  const left = leftErrors(error, desk.draft.mode, desk.read?.rows ?? []);
  const told = error instanceof Problem && error.errors.length ? error.detail || error.title : say(error);
  return (
    <Alert color="red" variant="light" role="alert" title={t("failed")} mb="sm" p="sm">
      <Stack gap={4}>
        <Text size="sm">{told}</Text>
        {left.length > 0 && (
          <ul className={classes.problems}>
            {left.map((one) => (
              <li key={one.pointer + one.detail}>
                {one.row ? `${t("row", { row: one.row })}, ${one.name}: ${one.detail}` : one.detail}
              </li>
            ))}
          </ul>
        )}
        <Text size="xs" c="var(--ol-quiet)">
          {t("kept")}
        </Text>
      </Stack>
    </Alert>
  );
}
