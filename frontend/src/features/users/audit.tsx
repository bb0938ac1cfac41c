import { Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { dayOf, moments } from "@/features/users/audit-days";
import { AuditFilterBar, type AuditSearch } from "@/features/users/audit-filters";
import { AuditRow } from "@/features/users/audit-row";
import { type AuditFilters, auditQuery } from "@/features/users/queries";
import { More } from "@/ui/more";
import "@/features/users/texts";
import { Page } from "@/ui/page";
import { Empty, Failed, Loading, Outdated } from "@/ui/states";
import classes from "./list.module.css";

function filtersOf({ actor, action, target, from, to }: AuditSearch): AuditFilters {
  return {
    actor: actor || undefined,
    action: action || undefined,
    target: target || undefined,
    ...moments(dayOf(from), dayOf(to)),
  };
}

export function AuditPage() {
  const { t } = useTranslation("users");
  const search: AuditSearch = useSearch({ from: "/inside/audit" });
  const navigate = useNavigate();
  const list = useInfiniteQuery(auditQuery(filtersOf(search)));
  const set = (change: AuditSearch): void =>
    void navigate({ to: "/audit", search: (old) => ({ ...old, ...change }), replace: true });
  const entries = list.data?.pages.flatMap((page) => page.items);
  const total = list.data?.pages[0]?.total;
  return (
    <Page
      title={t("audit")}
      hint={t("auditHint")}
      actions={
        total !== undefined && (
          <Text size="sm" className={classes.quiet} role="status">
            {t("auditTotal", { count: total })}
          </Text>
        )
      }
      wide
    >
      <AuditFilterBar search={search} onChange={set} />
      {list.isRefetchError && <Outdated error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.isError && !entries && <Failed error={list.error} retry={() => void list.refetch()} />}
      {entries?.length === 0 && <Empty title={t("noEntries")} hint={t("noEntriesHint")} />}
      {entries && entries.length > 0 && (
        <div className={classes.frame} data-stale={list.isPlaceholderData || undefined}>
          <Table verticalSpacing={8} horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("auditHead.at")}</Table.Th>
                <Table.Th>{t("auditHead.actor")}</Table.Th>
                <Table.Th>{t("auditHead.action")}</Table.Th>
                <Table.Th>{t("auditHead.target")}</Table.Th>
                <Table.Th>{t("auditHead.details")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <AuditRow key={entry.id} entry={entry} onOnly={set} />
              ))}
            </Table.Tbody>
          </Table>
          <More {...list} />
        </div>
      )}
    </Page>
  );
}
