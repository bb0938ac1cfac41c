import { Button, Group, Menu, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDownload, IconHistory, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { MOST_XLSX_ROWS, useDownload } from "@/app/download";
import { type Batch, FORMATS, resultsAddress, useCancel, useResume } from "@/features/batches/queries";
import { useSender } from "@/features/batches/roles";
import "@/features/batches/texts";
import { formatNumber } from "@/i18n/format";
import { useRefused } from "@/ui/refused";

/** What can be done with a batch in the state that it is in. */
export function Actions({ batch }: { batch: Batch }) {
  const sender = useSender();
  const settled = batch.done + batch.failed > 0;
  const stoppable = sender && isGoing(batch);
  const resumable = sender && batch.status === "cancelled";
  if (!settled && !stoppable && !resumable) return null;
  return (
    <Group gap="xs">
      {resumable && <ResumeButton batch={batch} />}
      {settled && <ResultsMenu batch={batch} />}
      {settled && <InHistory batch={batch} />}
      {stoppable && <CancelButton batch={batch} />}
    </Group>
  );
}

function ResultsMenu({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const download = useDownload();
  return (
    <Menu position="bottom-start" width={280}>
      <Menu.Target>
        <Button
          variant={batch.status === "done" ? "filled" : "default"}
          leftSection={<IconDownload size={16} stroke={1.6} aria-hidden />}
        >
          {t(isGoing(batch) ? "results.sofar" : "results.open")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map((format) => {
          const tooLong = format === "xlsx" && batch.total >= MOST_XLSX_ROWS;
          return (
            <Menu.Item
              key={format}
              component="a"
              href={tooLong ? undefined : resultsAddress(batch.batch_id, format)}
              download
              disabled={tooLong}
              onClick={tooLong ? undefined : download}
              aria-label={t("results.as", { format: format.toUpperCase() })}
            >
              {format.toUpperCase()}
              <Text size="xs" c="var(--ol-quiet)">
                {t(tooLong ? "results.tooLong" : `results.${format}`)}
              </Text>
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

function InHistory({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  return (
    <Button
      variant="default"
      leftSection={<IconHistory size={16} stroke={1.6} aria-hidden />}
      renderRoot={(props) => <Link to="/history" search={{ batch_id: batch.batch_id }} {...props} />}
    >
      {t("inHistory")}
    </Button>
  );
}

/** Stops a batch after a question; what is written stays. */
function CancelButton({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const cancel = useCancel(batch.batch_id, useRefused());
  const ask = () =>
    modals.openConfirmModal({
      title: t("cancel.title"),
      children: (
        <Text size="sm">{t("cancel.text", { count: batch.done, shown: formatNumber(batch.done) })}</Text>
      ),
      labels: { confirm: t("cancel.act"), cancel: t("cancel.stay") },
      confirmProps: { color: "red" },
      onConfirm: () => cancel.mutate(),
    });
  return (
    <Button
      variant="default"
      leftSection={<IconPlayerStop size={16} stroke={1.6} aria-hidden />}
      onClick={ask}
      loading={cancel.isPending}
    >
      {t("cancel.open")}
    </Button>
  );
}

/** Takes up a batch where it was stopped, or tries again the clients without a text. */
export function ResumeButton({ batch, size }: { batch: Batch; size?: string }) {
  const { t } = useTranslation("batches");
  const resume = useResume(batch.batch_id, useRefused());
  return (
    <Button
      size={size}
      variant={batch.status === "cancelled" ? "filled" : "default"}
      leftSection={<IconPlayerPlay size={16} stroke={1.6} aria-hidden />}
      loading={resume.isPending}
      onClick={() => resume.mutate()}
    >
      {batch.status === "cancelled"
        ? t("resume.go")
        : t("resume.again", { count: batch.failed, shown: formatNumber(batch.failed) })}
    </Button>
  );
}
