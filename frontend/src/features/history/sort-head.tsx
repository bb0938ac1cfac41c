import { UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Sort } from "@/features/history/filters";
import classes from "./history.module.css";

interface SortHeadProps {
  label: string;
  by: "created_at" | "confidence";
  sort: Sort;
  onSort: (sort: Sort) => void;
}

/** A column that can be sorted by: large and late first, then the other way round. */
export function SortHead({ label, by, sort, onSort }: SortHeadProps) {
  const { t } = useTranslation("history");
  const falling = sort === `-${by}`;
  const rising = sort === by;
  const Icon = falling ? IconArrowDown : rising ? IconArrowUp : IconArrowsSort;
  return (
    <th scope="col" aria-sort={falling ? "descending" : rising ? "ascending" : "none"}>
      <UnstyledButton
        className={classes.sort}
        data-active={falling || rising || undefined}
        aria-label={t("sortBy", { column: label })}
        onClick={() => onSort(falling ? by : `-${by}`)}
      >
        {label}
        <Icon size={14} stroke={1.6} aria-hidden />
      </UnstyledButton>
    </th>
  );
}
