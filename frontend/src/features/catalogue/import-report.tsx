import { Badge, List, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FieldProblem } from "@/api/problem";
import type { ImportReport } from "@/features/catalogue/queries";
import "@/features/catalogue/texts";
import { Code } from "@/ui/records";
import classes from "./catalogue.module.css";

const OUTCOMES = ["created", "updated", "unchanged"] as const;
const STATE = { created: "ready", updated: "draft", unchanged: "archived" } as const;

/** Each row of the file and what becomes of it: changes first. */
export function ImportRows({ report }: { report: ImportReport }) {
  const { t } = useTranslation("catalogue");
  const rows = OUTCOMES.flatMap((outcome) => report[outcome].map((row) => ({ ...row, outcome })));
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("import.action")}</Table.Th>
            <Table.Th>{t("import.kindTitle")}</Table.Th>
            <Table.Th>{t("column.code")}</Table.Th>
            <Table.Th>{t("column.name")}</Table.Th>
            <Table.Th>{t("import.cell")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.kind}:${row.code}`}>
              <Table.Td>
                <Badge className={classes.state} data-state={STATE[row.outcome]}>
                  {t(`import.${row.outcome}`)}
                </Badge>
              </Table.Td>
              <Table.Td>{t(`import.kind.${row.kind}`)}</Table.Td>
              <Table.Td>
                <Code>{row.code}</Code>
              </Table.Td>
              <Table.Td>
                {row.name}
                {row.previous_name && (
                  <Text size="xs" c="var(--ol-quiet)">
                    {t("import.was", { name: row.previous_name })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Code>{row.cell}</Code>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What is wrong or odd, cell by cell. */
export function ImportProblems({ problems }: { problems: readonly Partial<FieldProblem>[] }) {
  return (
    <List size="sm" spacing={4}>
      {problems.map((problem) => (
        <List.Item key={`${problem.pointer} ${problem.detail}`}>{problem.detail}</List.Item>
      ))}
    </List>
  );
}
