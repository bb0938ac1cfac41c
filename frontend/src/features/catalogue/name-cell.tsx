import { Table } from "@mantine/core";
import { Code, OpenRecord } from "@/ui/records";

/** The name of a record, with its code below. */
export function NameCell({ name, code }: { name: string; code: string }) {
  return (
    <Table.Td>
      <OpenRecord open={code}>{name}</OpenRecord>
      <div>
        <Code>{code}</Code>
      </div>
    </Table.Td>
  );
}
