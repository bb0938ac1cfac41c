import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { listen } from "@/api/events";
import { type Batch, batchQuery, isGoing, refreshLists, showBatch } from "@/features/batches/queries";

/** How often a batch is asked for while no stream tells of it. */
const POLL_MS = 3000;

/** A batch, kept up to date while it goes: by the stream of its events, or by asking where no stream comes through. */
export function useBatch(id: string) {
  const client = useQueryClient();
  const [streaming, setStreaming] = useState(false);
  const batch = useQuery({
    ...queryOptions(batchQuery(id)),
    refetchInterval: (query) => (isGoing(query.state.data) && !streaming ? POLL_MS : false),
  });
  const going = isGoing(batch.data);
  const status = batch.data?.status;

  useEffect(() => {
    if (!going) return;
    return listen(`/api/v1/batches/${id}/events`, setStreaming, (said) => showBatch(client, said as Batch));
  }, [client, going, id]);

  // a list may be narrowed to a status
  useEffect(() => {
    if (status) void refreshLists(client);
  }, [client, status]);

  return batch;
}
