import { Table } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Search, useAddress } from "@/ui/address";
import classes from "./records.module.css";

/** A list of records in a frame; a record opens by its name or anywhere in its row, and stands in the address then. */
export function Records({ children, still = false }: { children: ReactNode; still?: boolean }) {
  return (
    <div className={classes.frame}>
      <Table verticalSpacing="xs" highlightOnHover={!still}>
        {children}
      </Table>
    </div>
  );
}

interface RecordRowProps {
  open: string;
  /** Of no use at present: archived, switched off. */
  quiet: boolean;
  children: ReactNode;
}

export function RecordRow({ open, quiet, children }: RecordRowProps) {
  const { go } = useAddress();
  return (
    <Table.Tr className={classes.row} data-quiet={quiet || undefined} onClick={() => go({ open })}>
      {children}
    </Table.Tr>
  );
}

/** The name of a record as a link that opens it. The row around it opens it too, hence the stop. */
export function OpenRecord({ open, children }: { open: string; children: ReactNode }) {
  return (
    <Link
      to="."
      search={(now: Search) => ({ ...now, open })}
      className={classes.open}
      onClick={(event) => event.stopPropagation()}
    >
      {children}
    </Link>
  );
}

/** What programs call a record. */
export function Code({ children }: { children: ReactNode }) {
  return <span className={classes.code}>{children}</span>;
}
