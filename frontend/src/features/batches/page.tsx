import { Button, Select, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { BatchDrawer } from "@/features/batches/batch-drawer";
import { BatchTable } from "@/features/batches/batch-table";
import { batchesQuery, type Status } from "@/features/batches/queries";
import { useSender } from "@/features/batches/roles";
import { StartDrawer } from "@/features/batches/start-drawer";
import "@/features/batches/start-texts";
import "@/features/batches/texts";
import { useAddress } from "@/ui/address";
import { Filters } from "@/ui/filters";
import { More } from "@/ui/more";
import { Page } from "@/ui/page";
import { Empty, Failed, Loading, Outdated } from "@/ui/states";

const STATUSES: readonly Status[] = ["queued", "running", "done", "failed", "cancelled"];

/** Whole client bases: each batch with how far it is; one stands open in the drawer, or a new one is begun there. */
export function BatchesPage() {
  const { t } = useTranslation("batches");
  const { search, go } = useAddress();
  const sender = useSender();
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      actions={
        sender ? (
          <NewBatch />
        ) : (
          <Text size="sm" c="var(--ol-quiet)">
            {t("readOnly")}
          </Text>
        )
      }
    >
      <List status={STATUSES.find((one) => one === search.status)} />
      {search.open && <BatchDrawer key={search.open} id={search.open} />}
      {sender && search.new && (
        <StartDrawer key={search.new} like={search.new} onClose={() => go({ new: undefined })} />
      )}
    </Page>
  );
}

function NewBatch() {
  const { t } = useTranslation("batches");
  return (
    <Button
      leftSection={<IconPlus size={16} stroke={1.8} aria-hidden />}
      renderRoot={(props) => (
        <Link to="." search={(now: Record<string, unknown>) => ({ ...now, new: "1" })} {...props} />
      )}
    >
      {t("new.open")}
    </Button>
  );
}

const useBatches = (status: Status | undefined) => useInfiniteQuery(batchesQuery(status));

function List({ status }: { status: Status | undefined }) {
  const list = useBatches(status);
  const none = list.data?.pages.every((page) => page.items.length === 0);
  if (none && !status && !list.isPlaceholderData) return <None />;
  return (
    <>
      <StatusFilter status={status} />
      {list.isRefetchError && <Outdated error={list.error} retry={() => void list.refetch()} />}
      <Found list={list} />
    </>
  );
}

/** What is in the list; while another one is on its way, the former is no word on it where it is empty. */
function Found({ list }: { list: ReturnType<typeof useBatches> }) {
  const found = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (found.length)
    return (
      <Stack gap={0}>
        <BatchTable batches={found} stale={list.isPlaceholderData} />
        <More {...list} />
      </Stack>
    );
  if (list.data && !list.isPlaceholderData) return <NoneFound />;
  return list.error ? <Failed error={list.error} retry={() => void list.refetch()} /> : <Loading />;
}

function NoneFound() {
  const { t } = useTranslation("batches");
  const { go } = useAddress();
  return (
    <Empty
      title={t("noneFound")}
      action={
        <Button variant="default" onClick={() => go({ status: undefined }, true)}>
          {t("showAll")}
        </Button>
      }
    />
  );
}

function StatusFilter({ status }: { status: Status | undefined }) {
  const { t } = useTranslation("batches");
  const { go } = useAddress();
  return (
    <Filters>
      <Select
        w={208}
        aria-label={t("state")}
        placeholder={t("anyState")}
        data={STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
        value={status ?? null}
        onChange={(value) => go({ status: value ?? undefined }, true)}
        clearable
      />
    </Filters>
  );
}

function None() {
  const { t } = useTranslation("batches");
  const sender = useSender();
  return <Empty title={t("none")} hint={t("noneHint")} action={sender && <NewBatch />} />;
}
