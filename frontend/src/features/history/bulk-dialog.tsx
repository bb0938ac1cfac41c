import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAddress } from "@/features/history/filters";
import { LabelBadge } from "@/features/history/label-badge";
import { MOST_AT_ONCE } from "@/features/history/queries";
import { ReasonChoice, type Reasons } from "@/features/history/reasons";
import type { Selection } from "@/features/history/selection";
import { useLabelMany } from "@/features/history/use-label";
import { formatNumber } from "@/i18n/format";
import { useProblemText } from "@/ui/states";
import "@/features/history/texts";

interface BulkDialogProps {
  label: "success" | "failure";
  count: number;
  selection: Selection;
  onClose: () => void;
}

/** The last question before many texts get one label. */
export function BulkDialog({ label, count, selection, onClose }: BulkDialogProps) {
  const { t } = useTranslation("history");
  const { filters, sort } = useAddress();
  const say = useProblemText();
  const [reasons, setReasons] = useState<Reasons>([]);
  const [comment, setComment] = useState("");
  const many = useLabelMany((ids) => {
    selection.finish(ids);
    onClose();
  });
  const of = selection.matching ? { filters, sort } : new Set([...selection.ids].slice(0, MOST_AT_ONCE));
  return (
    <Modal
      opened
      onClose={() => !many.isPending && onClose()}
      title={t("bulkTitle", { count, shown: formatNumber(count) })}
      centered
    >
      <Stack gap="sm">
        <Group gap="xs">
          <LabelBadge label={label} />
        </Group>
        <Text size="sm">
          {t("bulkHint")} {selection.matching && t("bulkSkips")}
        </Text>
        {label === "failure" && <ReasonChoice value={reasons} onChange={setReasons} />}
        <Textarea
          label={t("comment")}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
          maxLength={2000}
          autosize
          minRows={2}
        />
        {many.error && (
          <Alert color="red" variant="light" role="alert">
            {say(many.error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} disabled={many.isPending}>
            {t("common:act.cancel")}
          </Button>
          <Button
            data-autofocus
            loading={many.isPending}
            onClick={() => {
              if (!many.isPending)
                many.mutate({ of, judgement: { label, reasons, comment: comment.trim() } });
            }}
          >
            {t("common:act.confirm")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
