import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { BatchBadge } from "@/features/batches/badge";
import { Bar } from "@/features/batches/bar";
import { faultOf } from "@/features/batches/faults";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { nameOf, type Say, sayCount, sayPace, saySettled, whatOf } from "@/features/batches/words";
import { formatMoment, formatMomentShort, formatNumber } from "@/i18n/format";
import { useNames } from "@/ui/catalogue";
import { OpenRecord, RecordRow, Records } from "@/ui/records";
import classes from "./batches.module.css";

/** Batches, the newest first; on a phone each becomes a block. */
export function BatchTable({ batches, stale }: { batches: Batch[]; stale: boolean }) {
  const { t } = useTranslation("batches");
  return (
    <div className={classes.list} aria-busy={stale}>
      <Records>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("column.source")}</Table.Th>
            <Table.Th scope="col">{t("column.state")}</Table.Th>
            <Table.Th scope="col">{t("column.progress")}</Table.Th>
            <Table.Th scope="col">{t("column.begun")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {batches.map((batch) => (
            <Row key={batch.batch_id} batch={batch} />
          ))}
        </Table.Tbody>
      </Records>
    </div>
  );
}

function Row({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const names = useNames();
  return (
    <RecordRow open={batch.batch_id} quiet={false}>
      <Table.Td className={classes.source}>
        <OpenRecord open={batch.batch_id}>{nameOf(batch)}</OpenRecord>
        <Text size="xs" c="var(--ol-quiet)">
          {whatOf(batch, names, t)}
          {batch.campaign && ` · ${batch.campaign}`}
        </Text>
      </Table.Td>
      <Table.Td>
        <BatchBadge batch={batch} />
      </Table.Td>
      <Table.Td className={classes.way} data-whole>
        <Way batch={batch} />
      </Table.Td>
      <Table.Td className={classes.begun}>
        <time dateTime={batch.created_at} title={formatMoment(batch.created_at)}>
          {formatMomentShort(batch.created_at)}
        </time>
        <Text size="xs" c="var(--ol-quiet)">
          {batch.author}
        </Text>
      </Table.Td>
    </RecordRow>
  );
}

/** How far a batch is, or what came of it. */
function Way({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  if (batch.error) {
    return <Text size="sm">{t(`fault.${faultOf(batch.error)}.title`)}</Text>;
  }
  const failed = sayCount(t, "failed", batch.failed);
  const problems = sayCount(t, "problems", batch.problems);
  const pace = isGoing(batch) && batch.stage === "write" ? sayPace(batch, t) : "";
  return (
    <>
      <Said batch={batch} />
      {batch.status !== "done" && batch.stage === "write" && <Bar batch={batch} size={6} />}
      {(pace || failed || problems) && (
        <Text size="xs" c="var(--ol-quiet)" mt={2}>
          {[pace, failed, problems].filter(Boolean).join(" · ")}
        </Text>
      )}
    </>
  );
}

function Said({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  return <Text size="sm">{batch.stage === "validate" ? sayRead(batch, t) : sayWritten(batch, t)}</Text>;
}

function sayRead({ status, rows }: Batch, t: Say): string {
  if (status === "queued") return t("progress.waits");
  return rows ? t("progress.read", { count: rows, shown: formatNumber(rows) }) : t("progress.unread");
}

function sayWritten(batch: Batch, t: Say): string {
  const { status, done } = batch;
  return status === "done"
    ? t("progress.texts", { count: done, shown: formatNumber(done) })
    : saySettled(batch, t);
}
