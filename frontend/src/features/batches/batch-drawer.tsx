import { Drawer } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { BatchPanel } from "@/features/batches/batch-panel";
import { useBatch } from "@/features/batches/live";
import "@/features/batches/texts";
import { useAddress } from "@/ui/address";
import { Failed, Loading, Outdated } from "@/ui/states";

/** One batch with its own address. */
export function BatchDrawer({ id }: { id: string }) {
  const { t } = useTranslation("batches");
  const { go } = useAddress();
  const batch = useBatch(id);
  return (
    <Drawer
      opened
      onClose={() => go({ open: undefined })}
      position="right"
      size="min(100%, 760px)"
      title={t("one")}
    >
      {batch.data ? (
        <>
          {batch.error && <Outdated error={batch.error} retry={() => void batch.refetch()} />}
          <BatchPanel batch={batch.data} />
        </>
      ) : batch.error ? (
        <Failed error={batch.error} retry={() => void batch.refetch()} />
      ) : (
        <Loading />
      )}
    </Drawer>
  );
}
