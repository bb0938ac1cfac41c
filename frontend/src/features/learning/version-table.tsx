import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { VersionBadge } from "@/features/learning/badges";
import { Opens } from "@/features/learning/opens";
import type { Version } from "@/features/learning/queries";
import { Rate } from "@/features/learning/rate";
import { expectedOf, versionMetricsOf } from "@/features/learning/report";
import "@/features/learning/texts";
import { formatMoment, formatNumber, formatPercent } from "@/i18n/format";
import { Empty } from "@/ui/states";
import classes from "./learning.module.css";

/** All versions, the newest first. */
export function VersionTable({ versions }: { versions: Version[] }) {
  const { t } = useTranslation("learning");
  if (!versions.length) return <Empty title={t("version.none")} hint={t("version.noneHint")} />;
  return (
    <Table verticalSpacing="xs" className={classes.table} aria-label={t("tab.versions")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("version.name")}</Table.Th>
          <Table.Th scope="col">{t("version.state")}</Table.Th>
          <Table.Th scope="col">{t("version.rate")}</Table.Th>
          <Table.Th scope="col" className={classes.number} visibleFrom="md">
            {t("version.labels")}
          </Table.Th>
          <Table.Th scope="col" visibleFrom="md">
            {t("version.metrics")}
          </Table.Th>
          <Table.Th scope="col" visibleFrom="sm">
            {t("version.created")}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {versions.map((one) => (
          <Table.Tr key={one.name}>
            <Table.Td data-whole>
              <Opens version={one.name} fw={500}>
                {one.name}
              </Opens>
              <Text size="xs" c="var(--ol-quiet)">
                {one.parent ? t("version.from", { parent: one.parent }) : t("version.root")}
              </Text>
            </Table.Td>
            <Table.Td>
              <VersionBadge status={one.status} />
            </Table.Td>
            <Table.Td>
              <Rate version={one.name} />
            </Table.Td>
            <Table.Td className={classes.number} visibleFrom="md">
              {one.labels === null ? "—" : formatNumber(one.labels)}
            </Table.Td>
            <Table.Td visibleFrom="md">
              <Metrics version={one} />
            </Table.Td>
            <Table.Td className={classes.quiet} visibleFrom="sm">
              {formatMoment(one.created_at)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** What the gate expected of it, and how well its score tells texts apart. */
function Metrics({ version }: { version: Version }) {
  const { t } = useTranslation("learning");
  const { auroc = null } = versionMetricsOf(version);
  const expected = expectedOf(version);
  const told = [
    expected !== null && t("version.expected", { share: formatPercent(expected) }),
    auroc !== null && `AUROC ${formatNumber(auroc, 2)}`,
  ].filter(Boolean);
  return told.length ? told.join(" · ") : "—";
}
