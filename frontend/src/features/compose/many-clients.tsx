import { Alert, Button, FileButton, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { HandedBatch } from "@/ui/handed";
import type { ClientIn, Draft } from "./draft";
import classes from "./page.module.css";
import { type Read, type RowProblem, tableOf, textOfFile, Unread } from "./read-clients";
import type { Desk } from "./use-desk";

const SHOWN = 8;
const ACCEPTED = ".csv,.tsv,.txt,.json,.ndjson,.xlsx,.xls,text/csv,application/json";

/** Several clients, pasted or from a file; what cannot be read is named row by row. */
export function ManyClients({ desk }: { desk: Desk }) {
  const { t } = useTranslation("compose");
  const { draft, change, read, clients, most } = desk;
  const [refused, setRefused] = useState<string>();
  const forget = useRef<() => void>(null);
  const fill = (pasted: string, fileName: string | null): void => {
    setRefused(undefined);
    change({ pasted, fileName, onlyFirst: false });
  };
  const open = async (file: File | null): Promise<void> => {
    forget.current?.(); // the same file, once it is mended, must be a choice again
    if (!file) return;
    try {
      fill(await textOfFile(file), file.name);
    } catch (error) {
      setRefused(t(`problem.${error instanceof Unread ? error.problem : "unreadable"}`));
    }
  };
  const drop = (event: React.DragEvent): void => {
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    void open(file);
  };
  return (
    <Stack gap="sm">
      <Textarea
        label={t("paste")}
        description={t("pasteHint")}
        placeholder={t("pasteExample")}
        value={draft.pasted}
        onChange={(event) => fill(event.currentTarget.value, null)}
        onDrop={drop}
        autosize
        minRows={7}
        maxRows={14}
        spellCheck={false}
        wrap="off"
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
      />
      <Group gap="xs">
        <FileButton resetRef={forget} onChange={(file) => void open(file)} accept={ACCEPTED}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              size="xs"
              leftSection={<IconFileUpload size={16} stroke={1.6} />}
            >
              {t("file")}
            </Button>
          )}
        </FileButton>
        <Text size="xs" c="var(--ol-quiet)">
          {draft.fileName ? t("loaded", { name: draft.fileName }) : t("fileKinds")}
        </Text>
        {draft.pasted && (
          <Button variant="subtle" color="gray" size="compact-xs" onClick={() => fill("", null)}>
            {t("clear")}
          </Button>
        )}
      </Group>
      {refused && (
        <Alert color="red" variant="light" role="alert" p="sm">
          {refused}
        </Alert>
      )}
      {read && <ReadReport read={read} />}
      {most !== undefined && clients.length > most && (
        <Alert color="yellow" variant="light" p="sm">
          <Text size="sm">{t("tooMany", { most, count: clients.length })}</Text>
          <Group gap="xs" mt="xs">
            <Button size="compact-xs" variant="default" onClick={() => change({ onlyFirst: true })}>
              {t("keepFirst", { most })}
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              renderRoot={(props) => (
                <Link
                  to="/batches"
                  search={{ new: "given" }}
                  state={{ batch: handed(draft, clients) }}
                  {...props}
                />
              )}
            >
              {t("asBatch")}
            </Button>
          </Group>
          {clients.some((one) => one.events?.length) && (
            <Text size="xs" mt={4}>
              {t("eventsStay")}
            </Text>
          )}
        </Alert>
      )}
      {draft.onlyFirst && read && read.clients.length > clients.length && (
        <Text size="xs" c="var(--ol-quiet)">
          {t("onlyFirst", { most: clients.length, count: read.clients.length })}
        </Text>
      )}
    </Stack>
  );
}

/** The clients as a file of a batch, with everything that was chosen. */
function handed(draft: Draft, clients: readonly ClientIn[]): HandedBatch {
  const { product, channel, tone, conditions, variants } = draft;
  const name = `${draft.fileName?.replace(/\.[^.]*$/, "") ?? "clients"}.csv`;
  return { options: { product, channel, tone, conditions, variants }, name, table: tableOf(clients) };
}

function ReadReport({ read }: { read: Read }) {
  const { t } = useTranslation("compose");
  if (read.failed) {
    return (
      <Alert color="red" variant="light" role="alert" p="sm">
        {t(`problem.${read.failed.problem}`, { value: read.failed.value ?? "" })}
      </Alert>
    );
  }
  const bad = new Set(read.problems.map((one) => one.row)).size;
  if (!read.clients.length && !bad) return null;
  return (
    <Stack gap={4} role="status">
      <Text size="sm">
        {t("readCount", { count: read.clients.length })}
        {bad > 0 && (
          <Text span c="var(--ol-bad)">
            {" · "}
            {t("notRead", { count: bad })}
          </Text>
        )}
      </Text>
      {bad > 0 && <Problems problems={read.problems} />}
      {read.ignored.length > 0 && (
        <Text size="xs" c="var(--ol-quiet)">
          {t("ignored", { names: read.ignored.slice(0, SHOWN).join(", ") })}
        </Text>
      )}
    </Stack>
  );
}

function Problems({ problems }: { problems: RowProblem[] }) {
  const { t } = useTranslation("compose");
  return (
    <ul className={classes.problems}>
      {problems.slice(0, SHOWN).map((one) => (
        <li key={`${one.row}-${one.column}-${one.problem}`}>
          {t("row", { row: one.row })}
          {one.column && `, ${one.column}`}: {t(`problem.${one.problem}`, { value: one.value ?? "" })}
        </li>
      ))}
      {problems.length > SHOWN && <li>{t("andMore", { count: problems.length - SHOWN })}</li>}
    </ul>
  );
}
