import { Button, Text, Tooltip } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconArchive, IconArchiveOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import "@/features/catalogue/texts";

interface ArchiveProps {
  name: string;
  archived: boolean;
  /** What the archive means for this kind of record. */
  consequence: string;
  disabled: boolean;
  pending: boolean;
  archive: () => void;
  restore: () => void;
}

/** Put a record away or bring it back, after a question. */
export function ArchiveButton({
  name,
  archived,
  consequence,
  disabled,
  pending,
  archive,
  restore,
}: ArchiveProps) {
  const { t } = useTranslation("catalogue");
  const { t: common } = useTranslation();
  const label = t(archived ? "restore" : "archive");
  const ask = () =>
    modals.openConfirmModal({
      title: t(archived ? "restoreTitle" : "archiveTitle", { name }),
      children: <Text size="sm">{archived ? t("restoreText") : consequence}</Text>,
      labels: { confirm: label, cancel: common("act.cancel") },
      confirmProps: archived ? {} : { color: "red" },
      onConfirm: archived ? restore : archive,
      zIndex: 400,
    });
  return (
    <Tooltip label={t("saveFirst")} disabled={!disabled}>
      <Button
        ml="auto"
        variant="subtle"
        color={archived ? undefined : "red"}
        leftSection={
          archived ? <IconArchiveOff size={16} aria-hidden /> : <IconArchive size={16} aria-hidden />
        }
        disabled={disabled || pending}
        onClick={ask}
      >
        {label}
      </Button>
    </Tooltip>
  );
}
