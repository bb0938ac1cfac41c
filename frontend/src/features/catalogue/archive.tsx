import { Button, Text, Tooltip } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconArchive, IconArchiveOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { RecordForm } from "@/features/catalogue/record";
import "@/features/catalogue/texts";

interface ArchiveProps<R, T> {
  form: RecordForm<R, T>;
  name: string;
  archived: boolean;
  /** What the archive means for this kind of record. */
  consequence: string;
  archive: (version: number) => Promise<R>;
  restore: (version: number) => Promise<R>;
}

/** Put a record away or bring it back, after a question. */
export function ArchiveButton<R, T>({
  form,
  name,
  archived,
  consequence,
  archive,
  restore,
}: ArchiveProps<R, T>) {
  const { t } = useTranslation("catalogue");
  const { t: common } = useTranslation();
  const label = t(archived ? "restore" : "archive");
  const ask = () =>
    modals.openConfirmModal({
      title: t(archived ? "restoreTitle" : "archiveTitle", { name }),
      children: <Text size="sm">{archived ? t("restoreText") : consequence}</Text>,
      labels: { confirm: label, cancel: common("act.cancel") },
      confirmProps: archived ? {} : { color: "red" },
      onConfirm: () => (archived ? form.act(restore, t("restored")) : form.act(archive, t("archived"))),
      zIndex: 400,
    });
  return (
    <Tooltip label={t("saveFirst")} disabled={!form.draft.dirty}>
      <Button
        ml="auto"
        variant="subtle"
        color={archived ? undefined : "red"}
        leftSection={
          archived ? <IconArchiveOff size={16} aria-hidden /> : <IconArchive size={16} aria-hidden />
        }
        disabled={form.draft.dirty || form.pending}
        onClick={ask}
      >
        {label}
      </Button>
    </Tooltip>
  );
}
