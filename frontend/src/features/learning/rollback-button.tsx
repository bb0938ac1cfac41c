import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/features/learning/act-dialog";
import { type Serving, useRollback } from "@/features/learning/queries";
import "@/features/learning/texts";

/** Takes the canary out, or returns to the version before the champion. */
export function RollbackButton({ serving }: { serving: Serving }) {
  const { t } = useTranslation("learning");
  const [opened, { open, close }] = useDisclosure();
  if (!serving.previous) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconArrowBackUp size={16} stroke={1.8} aria-hidden />}
        onClick={open}
      >
        {t("rollback.open")}
      </Button>
      {opened && <RollbackDialog serving={serving} onClose={close} />}
    </>
  );
}

function RollbackDialog({ serving, onClose }: { serving: Serving; onClose: () => void }) {
  const { t } = useTranslation("learning");
  const rollback = useRollback((back) => {
    notifications.show({ message: t("rollback.done", { version: back.name }) });
    onClose();
  });
  const leaving = serving.canary ?? serving.champion ?? undefined;
  const names = { back: serving.previous, leaving };
  return (
    <ActDialog
      title={t("rollback.title", names)}
      word={t("reason")}
      act={t("rollback.act")}
      danger
      error={rollback.error}
      pending={rollback.isPending}
      onAct={(reason) => rollback.mutate({ reason, leaving })}
      onClose={onClose}
    >
      <Text size="sm">{t(serving.canary ? "rollback.canary" : "rollback.champion", names)}</Text>
    </ActDialog>
  );
}
