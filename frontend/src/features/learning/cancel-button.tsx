import { Button, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { type RunInFull, useCancel } from "@/features/learning/queries";
import "@/features/learning/texts";
import { useProblemText } from "@/ui/states";

/** Ends a run that waits or works; it stops at its next breath. */
export function CancelButton({ run }: { run: RunInFull }) {
  const { t } = useTranslation("learning");
  const say = useProblemText();
  const cancel = useCancel(run.run_id);
  const ask = () =>
    modals.openConfirmModal({
      title: t("cancel.title"),
      children: <Text size="sm">{t("cancel.text")}</Text>,
      labels: { confirm: t("cancel.act"), cancel: t("cancel.stay") },
      confirmProps: { color: "red" },
      onConfirm: () =>
        cancel.mutate(undefined, {
          onError: (error) => notifications.show({ color: "red", message: say(error) }),
        }),
    });
  return (
    <Button
      variant="default"
      size="xs"
      onClick={ask}
      loading={cancel.isPending}
      disabled={run.cancel_requested}
    >
      {t(run.cancel_requested ? "cancel.asked" : "cancel.open")}
    </Button>
  );
}
