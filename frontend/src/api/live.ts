import { type QueryKey, type UseQueryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { listen } from "@/api/events";

/** How often work is asked for while no stream tells of it. */
const POLL_MS = 3000;
/** And beside a stream: one whose line has died without a word still looks open. */
const BESIDE_MS = 30_000;

interface Work {
  status: string;
}

/** Whether work in the background waits for its turn or is under way. */
export function isGoing(work: Work | undefined): boolean {
  return work?.status === "queued" || work?.status === "running";
}

interface LiveOptions<Now> {
  /** The stream of its events, each of which is the work as it is then. */
  events: string;
  /** Where else it is to be shown as it is now. */
  hear?: (now: Now) => void;
  /** Queries that its status changes. */
  turns: readonly QueryKey[];
}

/** Work in the background, kept up to date while it goes: by the stream of its events, or by asking where none comes. */
export function useLive<Now extends Work, Key extends QueryKey>(
  query: UseQueryOptions<Now, Error, Now, Key>,
  { events, hear, turns }: LiveOptions<Now>,
) {
  const client = useQueryClient();
  const key: QueryKey = query.queryKey;
  const [streaming, setStreaming] = useState(false);
  const work = useQuery({
    ...query,
    refetchInterval: ({ state }) => isGoing(state.data) && (streaming ? BESIDE_MS : POLL_MS),
  });
  const going = isGoing(work.data);
  const status = work.data?.status;

  const show = useEffectEvent((said: unknown) => {
    client.setQueryData<Now>(key, said as Now);
    hear?.(said as Now);
  });
  useEffect(() => {
    if (going) return listen(events, setStreaming, show);
  }, [going, events]);

  const turn = useEffectEvent(() => {
    for (const queryKey of turns) void client.invalidateQueries({ queryKey });
  });
  useEffect(() => {
    if (status) turn();
  }, [status]);

  return work;
}
