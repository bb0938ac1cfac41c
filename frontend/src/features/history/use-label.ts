import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data } from "@/api/client";
import type { Filters, Sort } from "@/features/history/filters";
import { sayBriefly, sayDone } from "@/features/history/notice";
import {
  type Detailed,
  type Judgement,
  matchingIds,
  refreshOffers,
  showLabel,
} from "@/features/history/queries";
import { formatNumber } from "@/i18n/format";
import { useGone } from "@/ui/gone";
import { useRefused } from "@/ui/refused";
import { useProblemText } from "@/ui/states";

/** Take judgements back, so that each text has again what it had before. */
function useUndo() {
  const client = useQueryClient();
  const { t } = useTranslation("history");
  const undo = useMutation({
    mutationFn: (label_ids: string[]) => data(api.POST("/api/v1/labels/undo", { body: { label_ids } })),
    onSuccess: () => sayBriefly(t("undone")),
    onError: useRefused(),
    onSettled: () => refreshOffers(client),
  });
  return undo.mutate;
}

/** Label one text: on screen at once, taken back from the screen when the server refuses. */
export function useLabel(offer: Detailed) {
  const client = useQueryClient();
  const { t } = useTranslation("history");
  const undo = useUndo();
  const ids = new Set([offer.offer_id]);
  const path = { offer_id: offer.offer_id };
  const seen = offer.labels[0]?.id ?? null;
  const say = useProblemText();
  const gone = useGone();
  return useMutation({
    mutationFn: async (judgement: Judgement | null) => {
      if (judgement) {
        const body = { ...judgement, seen };
        return data(api.PUT("/api/v1/offers/{offer_id}/label", { params: { path }, body }));
      }
      const query = seen ? { seen } : {};
      await api.DELETE("/api/v1/offers/{offer_id}/label", { params: { path, query } });
      return null;
    },
    onMutate: (judgement) => {
      showLabel(client, ids, judgement?.label ?? null);
      return offer.label;
    },
    onError: (error, _, before) => {
      showLabel(client, ids, before ?? null);
      if (gone.current) sayBriefly(`${t("notLabelled", { text: offer.text ?? "" })} ${say(error)}`, "red");
    },
    onSuccess: (label) => {
      if (!label) return void sayBriefly(t("takenBack"));
      const told = (now: Detailed | undefined) => now && { ...now, labels: [label, ...now.labels] };
      client.setQueryData<Detailed>(["offers", "one", offer.offer_id], told);
      sayDone(t("labelled"), () => undo([label.id]));
    },
    // what the answer does not tell: who said what in between, and the row that takes a label back
    onSettled: (label) => (label ? undefined : client.invalidateQueries({ queryKey: ["offers", "one"] })),
  });
}

interface Bulk {
  /** Named texts, or everything that matches a filter. */
  of: ReadonlySet<string> | { filters: Filters; sort: Sort };
  judgement: Omit<Judgement, "corrected_text">;
}

/** Label many texts alike; nothing is labelled when one of them cannot be. */
export function useLabelMany(onDone: (ids: ReadonlySet<string>) => void) {
  const client = useQueryClient();
  const { t } = useTranslation("history");
  const undo = useUndo();
  return useMutation({
    mutationFn: async ({ of, judgement }: Bulk) => {
      const offer_ids = "filters" in of ? await matchingIds(of.filters, of.sort, judgement.label) : [...of];
      if (offer_ids.length === 0) return { offer_ids, label_ids: [] };
      const body = { ...judgement, offer_ids };
      return { offer_ids, ...(await data(api.POST("/api/v1/labels", { body }))) };
    },
    onSuccess: ({ offer_ids, label_ids }, { judgement }) => {
      const ids = new Set(offer_ids);
      showLabel(client, ids, judgement.label);
      void client.invalidateQueries({ queryKey: ["offers", "one"] });
      const count = label_ids.length;
      if (count === 0) sayBriefly(t("bulkNothing"));
      else sayDone(t("bulkDone", { count, shown: formatNumber(count) }), () => undo(label_ids));
      onDone(ids);
    },
  });
}
