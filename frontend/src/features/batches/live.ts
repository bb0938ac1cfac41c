import { useQueryClient } from "@tanstack/react-query";
import { useLive } from "@/api/live";
import { batchQuery, LISTS, showBatch } from "@/features/batches/queries";

/** A batch, kept up to date while it goes; a list may be narrowed to a status. */
export function useBatch(id: string) {
  const client = useQueryClient();
  return useLive(batchQuery(id), {
    events: `/api/v1/batches/${id}/events`,
    hear: (batch) => showBatch(client, batch),
    turns: [LISTS],
  });
}
