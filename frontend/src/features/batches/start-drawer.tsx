import { Drawer } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { emptyDraft } from "@/features/batches/draft";
import { batchQuery } from "@/features/batches/queries";
import { StartForm } from "@/features/batches/start-form";
import "@/features/batches/start-texts";
import "@/features/batches/texts";
import { Loading } from "@/ui/states";

const ID = /^[0-9a-f-]{36}$/;

interface StartDrawerProps {
  /** A batch to begin from, as where its file was refused; with what another page gave; anything else begins anew. */
  like: string;
  onClose: () => void;
}

export function StartDrawer({ like, onClose }: StartDrawerProps) {
  const { t } = useTranslation("batches");
  const former = useQuery({
    ...batchQuery(like),
    enabled: ID.test(like),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const given = useRouterState({ select: ({ location }) => location.state.batch });
  const file = useMemo(() => given && new File([given.table], given.name, { type: "text/csv" }), [given]);
  return (
    <Drawer opened onClose={onClose} position="right" size="min(100%, 640px)" title={t("new.title")}>
      {former.isLoading ? (
        <Loading />
      ) : (
        <StartForm
          initial={{ ...emptyDraft(former.data), ...given?.options }}
          given={file}
          onClose={onClose}
        />
      )}
    </Drawer>
  );
}
