import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { NamedCount } from "@/features/quality/rates-option";
import { formatInterval, formatShare } from "@/ui/shares";
import "@/features/quality/texts";
import { formatNumber } from "@/i18n/format";
import classes from "./quality.module.css";

const NUMBERS = ["texts", "labelled", "success", "rate", "interval"] as const;

/** What the pictures show, as a table. */
export function ShareTable({
  caption,
  head,
  groups,
}: {
  caption: string;
  head: string;
  groups: NamedCount[];
}) {
  const { t } = useTranslation("quality");
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table aria-label={caption} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{head}</Table.Th>
            {NUMBERS.map((name) => (
              <Table.Th key={name} scope="col" className={classes.number}>
                {t(`table.${name}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {groups.map((one) => (
            <Table.Tr key={one.name}>
              <Table.Th scope="row" fw={400}>
                {one.name}
              </Table.Th>
              {[
                formatNumber(one.texts),
                formatNumber(one.labelled),
                formatNumber(one.success),
                formatShare(one.rate),
                formatInterval(one),
              ].map((shown, place) => (
                <Table.Td key={NUMBERS[place]} className={classes.number}>
                  {shown}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
