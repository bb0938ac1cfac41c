import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { listen } from "@/api/events";
import { type RunInFull, runQuery } from "@/features/learning/queries";

/** How often a run is asked for while no stream tells of it. */
const POLL_MS = 3000;

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
