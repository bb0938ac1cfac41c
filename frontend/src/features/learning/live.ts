import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type RunInFull, runQuery } from "@/features/learning/queries";

/** How often a run is asked for while no stream tells of it. */
const POLL_MS = 3000;
/** After so long a stream that was refused is tried again. */
const AGAIN_MS = 30_000;

export function isGoing(run: { status: string } | undefined): boolean {
  return run?.status === "queued" || run?.status === "running";
}

/** A run, kept up to date while it works: by the stream of its events, or by asking where no stream comes through. */
export function useRun(id: string) {
  const client = useQueryClient();
  const [streaming, setStreaming] = useState(false);
  const run = useQuery({
    ...queryOptions(runQuery(id)),
    refetchInterval: (query) => (isGoing(query.state.data) && !streaming ? POLL_MS : false),
  });
  const going = isGoing(run.data);
  const status = run.data?.status;

  useEffect(() => {
    if (!going) return;
    return listen(`/api/v1/retrain-runs/${id}/events`, setStreaming, (said) =>
      client.setQueryData(runQuery(id).queryKey, said as RunInFull),
    );
  }, [client, going, id]);

  // what a run has come to stands in the lists too
  useEffect(() => {
    if (!status) return;
    for (const list of ["runs", "versions", "readiness"])
      void client.invalidateQueries({ queryKey: ["learning", list] });
  }, [client, status]);

  return run;
}

/** Hear a stream of events until told to stop. The browser reconnects by itself, except after a refusal. */
function listen(
  address: string,
  tellOpen: (open: boolean) => void,
  hear: (said: unknown) => void,
): () => void {
  let stream: EventSource;
  let later = 0;
  const connect = (): void => {
    stream = new EventSource(address);
    stream.onopen = () => tellOpen(true);
    stream.onmessage = (event: MessageEvent<string>) => hear(JSON.parse(event.data));
    stream.onerror = () => {
      tellOpen(false);
      if (stream.readyState === EventSource.CLOSED) later = window.setTimeout(connect, AGAIN_MS);
    };
  };
  connect();
  return () => {
    window.clearTimeout(later);
    stream.close();
    tellOpen(false);
  };
}
