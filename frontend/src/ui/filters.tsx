import { Group } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./filters.module.css";

/** The filters of a list in a line; on a phone two choices share one. */
export function Filters({ children }: { children: ReactNode }) {
  return (
    <Group mb="sm" gap="xs" className={classes.filters}>
      {children}
    </Group>
  );
}
