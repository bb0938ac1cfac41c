import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { BulkBar } from "@/features/history/bulk-bar";
import { ExportMenu } from "@/features/history/export-menu";
import { useAddress } from "@/features/history/filters";
import { Panel } from "@/features/history/panel";
import { offersQuery } from "@/features/history/queries";
import { useSelection } from "@/features/history/selection";
import { Table } from "@/features/history/table";
import { Toolbar } from "@/features/history/toolbar";
import { ViewsMenu } from "@/features/history/views-menu";
import { formatNumber } from "@/i18n/format";
import { useNames } from "@/ui/catalogue";
import { Page } from "@/ui/page";
import { Empty, Failed, Loading, Outdated } from "@/ui/states";
import classes from "./history.module.css";
import "@/features/history/texts";

/** The history: every text that was written, found by filters and read beside the list. */
export function HistoryPage() {
  const { t } = useTranslation("history");
  const client = useQueryClient();
  const me = useMe();
  const names = useNames();
  const { filters, sort, offer, go } = useAddress();
  const list = useInfiniteQuery(offersQuery(filters, sort));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const asked = JSON.stringify([filters, sort]);
  const selection = useSelection(asked, rows);
  const page = list.data?.pages.at(-1);
  const total = page?.total ?? 0;
  const shown = formatNumber(total);
  const found = !page
    ? null
    : page.total_is_exact
      ? t("found", { count: total, shown })
      : t("about", { shown });
  const place = rows.findIndex((row) => row.offer_id === offer);
  const loadMore = (): void => {
    if (!list.isFetching) void list.fetchNextPage();
  };
  const open = (id: string): void => {
    go({ offer: id });
    if (rows.length - rows.findIndex((row) => row.offer_id === id) < 3 && list.hasNextPage) loadMore();
  };
  return (
    <Page
      wide
      title={t("title")}
      hint={found ?? undefined}
      actions={
        <>
          <Tooltip label={t("refresh")}>
            <ActionIcon
              variant="default"
              size={36}
              aria-label={t("refresh")}
              loading={list.isRefetching}
              onClick={() => void client.resetQueries({ queryKey: ["offers", "list"] })}
            >
              <IconRefresh size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
          <ViewsMenu key={me?.username} />
          <ExportMenu found={found} total={total} />
        </>
      }
    >
      <Toolbar />
      <div className={classes.split} data-open={offer ? true : undefined}>
        <div className={classes.list}>
          {list.isRefetchError && <Outdated error={list.error} retry={() => void list.refetch()} />}
          {list.isPending && <Loading height={400} />}
          {list.error && !list.data && <Failed error={list.error} retry={() => void list.refetch()} />}
          {page && rows.length === 0 && <Nothing filtered={Object.keys(filters).length > 0} />}
          {rows.length > 0 && (
            <Table
              key={asked}
              rows={rows}
              total={total}
              names={names}
              sort={sort}
              onSort={(next) => go({ sort: next })}
              opened={offer}
              onOpen={open}
              selection={selection}
              hasMore={list.hasNextPage}
              loadMore={loadMore}
              loading={list.isFetchingNextPage}
              stale={list.isPlaceholderData}
            />
          )}
          {list.isFetchNextPageError && <Failed error={list.error} retry={() => void list.fetchNextPage()} />}
          {me?.role !== "service" && <BulkBar selection={selection} loaded={rows.length} total={total} />}
        </div>
        {offer && (
          <Panel
            id={offer}
            names={names}
            previous={rows[place - 1]?.offer_id}
            next={place >= 0 ? rows[place + 1]?.offer_id : undefined}
            listed={place >= 0 || list.isPending}
            onGo={open}
            onClose={() => go({ offer: undefined })}
          />
        )}
      </div>
    </Page>
  );
}

/** No text at all, or none that matches: each has its own way on. */
function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation("history");
  const { sort, replace } = useAddress();
  if (filtered) {
    return (
      <Empty
        title={t("none")}
        hint={t("noneHint")}
        action={
          <Button variant="default" onClick={() => replace({}, sort)}>
            {t("reset")}
          </Button>
        }
      />
    );
  }
  return (
    <Empty
      title={t("empty")}
      hint={t("emptyHint")}
      action={
        <Button component={Link} to="/new">
          {t("write")}
        </Button>
      }
    />
  );
}
