import { ActionIcon, SegmentedControl, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconFileSpreadsheet, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { checkFile, ENDINGS, endingOf, USUAL_LIMIT } from "@/features/batches/file-check";
import type { StartForm } from "@/features/batches/use-start-form";
import "@/features/batches/start-texts";
import { formatBytes } from "@/i18n/format";
import { FileDrop } from "@/ui/file-drop";
import classes from "./batches.module.css";

const ACCEPT = ENDINGS.map((ending) => `.${ending}`).join(",");

interface SourceFieldProps {
  form: StartForm;
  errors: Partial<Record<string, string>>;
}

/** Where the clients come from: a file that is sent, or a table that the server reads by itself. */
export function SourceField({ form, errors }: SourceFieldProps) {
  const { t } = useTranslation("batches");
  const { draft, change, file, setFile, wrong } = form;
  const check = async (chosen: File): Promise<string | undefined> => {
    const problem = await checkFile(chosen);
    return problem && t(`file.${problem}`, { name: chosen.name, ending: endingOf(chosen.name) });
  };
  const fileError = wrong.includes("file") ? t("file.missing") : errors["/file"];
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label={t("new.from")}
        value={draft.from}
        onChange={(from) => change({ from: from as "file" | "table" })}
        data={(["file", "table"] as const).map((value) => ({ value, label: t(`new.source.${value}`) }))}
      />
      {draft.from === "table" && (
        <TextInput
          label={t("new.table")}
          description={t("new.tableHint")}
          placeholder="marketing.clients"
          value={draft.table}
          onChange={(event) => change({ table: event.currentTarget.value })}
          error={wrong.includes("table") ? t("new.wrongTable") : errors["/table"]}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {draft.from === "file" && !file && (
        <FileDrop
          title={t("file.drop")}
          hint={t("file.hint")}
          accept={ACCEPT}
          check={check}
          choose={setFile}
        />
      )}
      {draft.from === "file" && file && <Chosen file={file} clear={() => setFile(null)} />}
      {draft.from === "file" && fileError && (
        <Text c="var(--ol-bad)" size="sm" role="alert">
          {fileError}
        </Text>
      )}
    </Stack>
  );
}

function Chosen({ file, clear }: { file: File; clear: () => void }) {
  const { t } = useTranslation("batches");
  return (
    <div className={classes.chosen}>
      <IconFileSpreadsheet size={28} stroke={1.4} aria-hidden />
      <div>
        <Text fw={500} style={{ overflowWrap: "anywhere" }}>
          {file.name}
        </Text>
        <Text size="xs" c="var(--ol-quiet)">
          {formatBytes(file.size)}
        </Text>
        {file.size > USUAL_LIMIT && (
          <Text size="xs" c="var(--ol-warn)">
            {t("file.large")}
          </Text>
        )}
      </div>
      <Tooltip label={t("file.another")}>
        <ActionIcon variant="subtle" color="gray" aria-label={t("file.another")} onClick={clear}>
          <IconX size={18} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
