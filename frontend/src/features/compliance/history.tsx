import { Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type HistoryEntry, historyQuery } from "@/features/compliance/queries";
import "@/features/compliance/texts";
import { formatMoment } from "@/i18n/format";
import { More } from "@/ui/more";
import { Code, OpenRecord, Records } from "@/ui/records";
import { Empty, Failed, Loading, Outdated } from "@/ui/states";
import classes from "./compliance.module.css";

/** Every change of the rules, the latest first: who, when, what and why. */
export function HistoryTab() {
  const { t } = useTranslation("compliance");
  const history = useInfiniteQuery(historyQuery);
  if (history.error && !history.data) {
    return <Failed error={history.error} retry={() => void history.refetch()} />;
  }
  if (!history.data) return <Loading />;
  const entries = history.data.pages.flatMap((page) => page.items);
  const outdated = history.isRefetchError && (
    <Outdated error={history.error} retry={() => void history.refetch()} />
  );
  if (!entries.length) {
    return (
      <>
        {outdated}
        <Empty title={t("history.empty")} />
      </>
    );
  }
  return (
    <>
      {outdated}
      <Text size="sm" c="var(--ol-quiet)" mb="xs">
        {t("history.count", { count: history.data.pages[0]?.total ?? 0 })}
      </Text>
      <Records still>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("history.when")}</Table.Th>
            <Table.Th>{t("history.what")}</Table.Th>
            <Table.Th visibleFrom="sm">{t("history.why")}</Table.Th>
            <Table.Th visibleFrom="md">{t("history.version")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Entry key={entry.number} entry={entry} />
          ))}
        </Table.Tbody>
      </Records>
      <More {...history} />
    </>
  );
}

function Entry({ entry }: { entry: HistoryEntry }) {
  const { t } = useTranslation("compliance");
  return (
    <Table.Tr>
      <Table.Td>
        {formatMoment(entry.at)}
        <div className={classes.quiet}>{entry.rule ? entry.actor : t("history.release")}</div>
      </Table.Td>
      <Table.Td>
        {entry.rule ? (
          <>
            <OpenRecord open={entry.rule}>{entry.rule}</OpenRecord>
            <Difference difference={entry.difference} />
          </>
        ) : (
          t("history.releaseText")
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm">{entry.comment}</Table.Td>
      <Table.Td visibleFrom="md">
        <Code>{entry.version}</Code>
      </Table.Td>
    </Table.Tr>
  );
}

function Difference({ difference }: { difference: HistoryEntry["difference"] }) {
  const { t } = useTranslation("compliance");
  const { enabled, severity, words } = difference;
  const [old = [], fresh = []] = words ?? [];
  const added = fresh.filter((word) => !old.includes(word));
  const removed = old.filter((word) => !fresh.includes(word));
  const lines = [
    enabled?.map((one) => t(one ? "on" : "off")).join(" → "),
    severity?.map((one) => t(`severity.${one}`).toLowerCase()).join(" → "),
    added.length > 0 && t("history.added", { words: added.join(", ") }),
    removed.length > 0 && t("history.removed", { words: removed.join(", ") }),
  ].filter(Boolean);
  return lines.map((line) => (
    <div key={String(line)} className={classes.quiet}>
      {line}
    </div>
  ));
}
