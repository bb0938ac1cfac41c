import type { ReactNode } from "react";
import classes from "./facts-list.module.css";

interface FactsListProps {
  items: readonly (readonly [string, ReactNode])[];
  /** Side by side where there is room, rather than one below the other. */
  columns?: boolean;
}

/** Names with their values; what has no value is left out. */
export function FactsList({ items, columns = false }: FactsListProps) {
  return (
    <dl className={classes.facts} data-columns={columns || undefined}>
      {items.map(
        ([name, value]) =>
          value !== null &&
          value !== undefined &&
          value !== "" && (
            <div key={name} className={classes.fact}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
