import { Button, type ButtonProps, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { type Run, useCancel } from "@/features/learning/queries";
import "@/features/learning/texts";
import { useProblemText } from "@/ui/states";

interface EndButtonProps extends ButtonProps {
  run: Run;
  /** A run that waits or works is cancelled; the version of one that waits for a decision is declined. */
  how: "cancel" | "decline";
}

/** Ends a run after a question. One that works stops at its next breath. */
export function EndButton({ run, how, ...look }: EndButtonProps) {
  const { t } = useTranslation("learning");
  const say = useProblemText();
  const end = useCancel(run.run_id);
  const version = run.challenger ?? "";
  const ask = () =>
    modals.openConfirmModal({
      title: t(`${how}.title`, { version }),
      children: <Text size="sm">{t(`${how}.text`, { version })}</Text>,
      labels: { confirm: t(`${how}.act`), cancel: t(`${how}.stay`) },
      confirmProps: { color: "red" },
      onConfirm: () =>
        end.mutate(undefined, {
          onError: (error) => notifications.show({ color: "red", message: say(error) }),
        }),
    });
  return (
    <Button variant="default" {...look} onClick={ask} loading={end.isPending} disabled={run.cancel_requested}>
      {t(run.cancel_requested ? "cancel.asked" : `${how}.open`)}
    </Button>
  );
}
