import { Table, Text } from "@mantine/core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { RunBadge } from "@/features/learning/badges";
import { Opens } from "@/features/learning/opens";
import type { Run } from "@/features/learning/queries";
import { decisionOf, inRussian, isDeclined } from "@/features/learning/report";
import "@/features/learning/texts";
import { formatMoment } from "@/i18n/format";
import { Empty } from "@/ui/states";
import classes from "./learning.module.css";

/** All runs, the newest first; each opens with everything about it. */
export function RunTable({ runs }: { runs: Run[] }) {
  const { t } = useTranslation("learning");
  if (!runs.length) return <Empty title={t("run.none")} hint={t("run.noneHint")} />;
  return (
    <Table verticalSpacing="xs" className={classes.table} aria-label={t("tab.runs")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("run.begun")}</Table.Th>
          <Table.Th scope="col">{t("run.made")}</Table.Th>
          <Table.Th scope="col">{t("run.state")}</Table.Th>
          <Table.Th scope="col">{t("run.outcome")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {runs.map((run) => (
          <Table.Tr key={run.run_id}>
            <Table.Td>
              <Opens run={run.run_id} fw={500} style={{ whiteSpace: "nowrap" }}>
                {formatMoment(run.created_at)}
              </Opens>
              <Text size="xs" c="var(--ol-quiet)">
                {run.trigger === "person" ? run.author : t(`run.why.${run.trigger}`)}
              </Text>
            </Table.Td>
            <Table.Td>
              {run.challenger ?? "—"}
              <Text size="xs" c="var(--ol-quiet)">
                {run.parent && t("version.from", { parent: run.parent })}
              </Text>
            </Table.Td>
            <Table.Td>
              <RunBadge status={run.status} />
            </Table.Td>
            <Table.Td data-whole>
              <Text size="sm" lineClamp={2}>
                {outcome(run, t)}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** What came of a run, in a sentence. */
export function outcome(run: Run, t: TFunction<"learning">): string {
  if (run.error) return run.error;
  const decision = decisionOf(run);
  if (!decision) return t(`run.said.${run.status}`);
  return inRussian(decision.summary) + (isDeclined(run) ? ` ${t("decline.done")}` : "");
}
