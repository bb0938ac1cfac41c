import { Table } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import classes from "./catalogue.module.css";

/** The name of a record as a link that opens it, with its code below. The row opens it too, hence the stop. */
export function NameCell({ name, code }: { name: string; code: string }) {
  return (
    <Table.Td>
      <Link
        to="/catalogue"
        search={(now: Record<string, string | undefined>) => ({ ...now, open: code })}
        className={classes.open}
        onClick={(event) => event.stopPropagation()}
      >
        {name}
      </Link>
      <div className={classes.code}>{code}</div>
    </Table.Td>
  );
}
