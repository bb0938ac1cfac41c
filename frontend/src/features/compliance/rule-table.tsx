import { Group, Table, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Rule } from "@/features/compliance/queries";
import { SeverityBadge } from "@/features/compliance/severity-badge";
import "@/features/compliance/texts";
import { Code, OpenRecord, RecordRow, Records } from "@/ui/records";
import classes from "./compliance.module.css";

interface RuleTableProps {
  rules: Rule[];
  /** How many groups and channels there are: a rule of all of them says so in a word. */
  groups: number;
  channels: number;
}

export function RuleTable({ rules, groups, channels }: RuleTableProps) {
  const { t } = useTranslation("compliance");
  return (
    <Records>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("column.rule")}</Table.Th>
          <Table.Th>{t("column.severity")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("column.law")}</Table.Th>
          <Table.Th visibleFrom="md">{t("column.products")}</Table.Th>
          <Table.Th visibleFrom="lg">{t("column.channels")}</Table.Th>
          <Table.Th visibleFrom="lg">{t("column.scope")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("column.enabled")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rules.map((rule) => (
          <RecordRow key={rule.id} open={rule.id} quiet={!rule.enabled}>
            <Table.Td>
              <OpenRecord open={rule.id}>{rule.title}</OpenRecord>
              <Group gap="xs">
                <Code>{rule.id}</Code>
                {rule.changed_at && <span className={classes.quiet}>{t("changed")}</span>}
              </Group>
            </Table.Td>
            <Table.Td>
              <SeverityBadge severity={rule.severity} />
            </Table.Td>
            <Table.Td visibleFrom="sm">{rule.law}</Table.Td>
            <Table.Td visibleFrom="md">
              <Covered all={rule.products.length >= groups} names={rule.products} />
            </Table.Td>
            <Table.Td visibleFrom="lg">
              {rule.channels.length >= channels
                ? t("all")
                : rule.channels.map((one) => t(`channel.${one}`)).join(", ")}
            </Table.Td>
            <Table.Td visibleFrom="lg">
              <Tooltip label={t(`scopeHint.${rule.scope}`)}>
                <span>{t(`scope.${rule.scope}`)}</span>
              </Tooltip>
            </Table.Td>
            <Table.Td visibleFrom="sm">
              <Text size="sm" c={rule.enabled ? "var(--ol-good)" : "var(--ol-quiet)"}>
                {t(rule.enabled ? "works" : "rests")}
              </Text>
            </Table.Td>
          </RecordRow>
        ))}
      </Table.Tbody>
    </Records>
  );
}

/** A few groups by name, many by number with the names on hover. */
function Covered({ all, names }: { all: boolean; names: string[] }) {
  const { t } = useTranslation("compliance");
  if (all) return t("all");
  if (names.length <= 2) return names.join(", ");
  return (
    <Tooltip label={names.join(", ")} multiline maw={320}>
      <span>{t("groups", { count: names.length })}</span>
    </Tooltip>
  );
}
