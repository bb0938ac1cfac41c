import { Button, type ButtonProps, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useTranslation } from "react-i18next";
import { type Run, useCancel } from "@/features/learning/queries";
import "@/features/learning/texts";
import { useRefused } from "@/ui/refused";

interface EndButtonProps extends ButtonProps {
  run: Run;
  /** A run that waits or works is cancelled; the version of one that waits for a decision is declined. */
  how: "cancel" | "decline";
}

/** Ends a run after a question. One that works stops at its next breath. */
export function EndButton({ run, how, ...look }: EndButtonProps) {
  const { t } = useTranslation("learning");
  const end = useCancel(run.run_id, useRefused());
  const version = run.challenger ?? "";
  const ask = () =>
    modals.openConfirmModal({
      title: t(`${how}.title`, { version }),
      children: <Text size="sm">{t(`${how}.text`, { version })}</Text>,
      labels: { confirm: t(`${how}.act`), cancel: t(`${how}.stay`) },
      confirmProps: { color: "red" },
      onConfirm: () => end.mutate(undefined),
    });
  return (
    <Button variant="default" {...look} onClick={ask} loading={end.isPending} disabled={run.cancel_requested}>
      {t(run.cancel_requested ? "cancel.asked" : `${how}.open`)}
    </Button>
  );
}
