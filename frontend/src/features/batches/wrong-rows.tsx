import { Button, Group, Table, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useDownload } from "@/app/download";
import { type Batch, reportAddress, reportQuery } from "@/features/batches/queries";
import type { Report } from "@/features/batches/report";
import "@/features/batches/texts";
import { formatNumber } from "@/i18n/format";
import { Failed, Loading } from "@/ui/states";
import classes from "./batches.module.css";

/** Rows that cannot be served, cell by cell: the first ones here, all of them in a file. */
export function WrongRows({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const download = useDownload();
  const checked = batch.stage === "write" || batch.finished_at !== null;
  const report = useQuery({
    ...reportQuery(batch.batch_id, batch.problems),
    enabled: checked,
    placeholderData: keepPreviousData,
  });
  return (
    <section aria-labelledby="wrong-rows">
      <Group justify="space-between" mb={4}>
        <Title order={4} size="h5" id="wrong-rows">
          {t("wrong.title", { shown: formatNumber(batch.problems) })}
        </Title>
        <Button
          component="a"
          href={reportAddress(batch.batch_id)}
          download
          onClick={download}
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} stroke={1.6} aria-hidden />}
        >
          {t("wrong.download")}
        </Button>
      </Group>
      <Text size="sm" c="var(--ol-quiet)" mb="xs">
        {t(batch.status === "failed" ? "wrong.hintFailed" : "wrong.hint")}
      </Text>
      {report.data ? (
        <ReportTable report={report.data} />
      ) : report.error ? (
        <Failed error={report.error} retry={() => void report.refetch()} />
      ) : (
        checked && <Loading height={120} />
      )}
    </section>
  );
}

function ReportTable({ report }: { report: Report }) {
  const { t } = useTranslation("batches");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.report} tabIndex={0} aria-label={t("wrong.list")}>
      <Table verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("wrong.row")}</Table.Th>
            <Table.Th scope="col">{t("wrong.field")}</Table.Th>
            <Table.Th scope="col">{t("wrong.what")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.rows.map((one) => (
            <Table.Tr key={`${one.row} ${one.field} ${one.detail}`}>
              <Table.Td>{one.row}</Table.Td>
              <Table.Td className={classes.field}>{one.field || t("wrong.whole")}</Table.Td>
              <Table.Td>{one.detail}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {report.more && (
        <Text size="sm" c="var(--ol-quiet)" p="xs">
          {t("wrong.more", { count: report.rows.length })}
        </Text>
      )}
    </section>
  );
}
