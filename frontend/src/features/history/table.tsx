import { Button, Checkbox, Loader } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Sort } from "@/features/history/filters";
import type { Listed } from "@/features/history/queries";
import { Row } from "@/features/history/row";
import type { Selection } from "@/features/history/selection";
import { SortHead } from "@/features/history/sort-head";
import type { Names } from "@/ui/catalogue";
import classes from "./history.module.css";
import "@/features/history/texts";

const ROW = 61;
const COMPACT_ROW = 89;
/** Narrower than this the columns stand below each other. */
const COMPACT_BELOW = 860;
const AHEAD = 30;

interface TableProps {
  rows: readonly Listed[];
  total: number;
  names: Names;
  sort: Sort;
  onSort: (sort: Sort) => void;
  opened: string | undefined;
  onOpen: (id: string) => void;
  selection: Selection;
  hasMore: boolean;
  loadMore: () => void;
  loading: boolean;
  stale: boolean;
}

/** The rows that are on screen and a few around them; further pages are asked for before they are needed. */
export function Table(props: TableProps) {
  const { t } = useTranslation("history");
  const { rows, selection, opened } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const size = useElementSize();
  const compact = size.width > 0 && size.width < COMPACT_BELOW;
  const height = compact ? COMPACT_ROW : ROW;
  const keyOf = useCallback((index: number) => rows[index]?.offer_id ?? index, [rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: keyOf,
    overscan: 8,
    onChange: (now) => {
      const last = now.getVirtualItems().at(-1)?.index ?? 0;
      if (props.hasMore && !props.loading && last > rows.length - AHEAD) props.loadMore();
    },
  });
  const place = rows.findIndex((row) => row.offer_id === opened);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the places are worked out anew when the height changes
  useEffect(() => virtual.measure(), [virtual, height]);
  useEffect(() => {
    if (place >= 0) virtual.scrollToIndex(place, { align: "auto" });
  }, [virtual, place]);
  return (
    <div
      className={classes.scroller}
      data-compact={compact || undefined}
      ref={useMergedRef(scroller, size.ref)}
      aria-busy={props.stale}
    >
      <table className={classes.table} aria-label={t("table")} aria-rowcount={props.total + 1}>
        <Head {...props} />
        <tbody
          className={classes.rows}
          style={{ height: virtual.getTotalSize() }}
          data-stale={props.stale || undefined}
        >
          {virtual.getVirtualItems().map((item) => {
            const offer = rows[item.index];
            return (
              offer && (
                <Row
                  key={item.key}
                  offer={offer}
                  index={item.index}
                  start={item.start}
                  height={height}
                  names={props.names}
                  opened={offer.offer_id === opened}
                  selected={selection.has(offer)}
                  onOpen={props.onOpen}
                  onSelect={selection.toggle}
                />
              )
            );
          })}
        </tbody>
      </table>
      {props.hasMore && (
        <div className={classes.tail}>
          {props.loading ? (
            <Loader size="sm" type="dots" />
          ) : (
            <Button size="xs" variant="subtle" onClick={props.loadMore}>
              {t("common:act.more")}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function Head({ selection, rows, sort, onSort }: TableProps) {
  const { t } = useTranslation("history");
  const some = selection.matching || selection.ids.size > 0;
  const all = selection.matching || (some && rows.every((row) => row.text === null || selection.has(row)));
  return (
    <thead className={classes.head}>
      <tr aria-rowindex={1} className={classes.line}>
        <th scope="col">
          <Checkbox
            size="xs"
            aria-label={t("selectAll")}
            checked={all}
            indeterminate={some && !all}
            onChange={selection.toggleAll}
          />
        </th>
        <SortHead label={t("time")} by="created_at" sort={sort} onSort={onSort} />
        <th scope="col">{t("client")}</th>
        <th scope="col">{t("product")}</th>
        <th scope="col">{t("channel")}</th>
        <th scope="col">{t("text")}</th>
        <SortHead label={t("common:confidence")} by="confidence" sort={sort} onSort={onSort} />
        <th scope="col">{t("label")}</th>
        <th scope="col">{t("model")}</th>
      </tr>
    </thead>
  );
}
