import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import type { MouseEvent } from "react";
import { Problem } from "@/api/problem";
import { meQuery } from "@/app/session";
import { useRefused } from "@/ui/refused";

/** A sheet of Excel holds no more rows, its header included. */
export const MOST_XLSX_ROWS = 1_048_576;

/** Ends once somebody has signed in over the page, where the session was over. */
async function signedIn(client: QueryClient): Promise<void> {
  try {
    await client.fetchQuery({ ...meQuery, staleTime: 0 });
  } catch (error) {
    if (!(error instanceof Problem && error.signedOut)) throw error;
    await new Promise<void>((resolve) => {
      const stop = client.getQueryCache().subscribe((event) => {
        if (event.type !== "updated" || event.action.type !== "success") return;
        if (event.query.queryKey[0] !== meQuery.queryKey[0]) return;
        stop();
        resolve();
      });
    });
  }
}

/**
 * For a press on a link to a file: the browser fetches it by itself and would show no refusal, so the session is asked
 * for first. The link is gone with its menu by the time of the answer, and another one is pressed in its place.
 */
export function useDownload(): (event: MouseEvent<HTMLAnchorElement>) => void {
  const client = useQueryClient();
  const refused = useRefused();
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const link = event.currentTarget.cloneNode() as HTMLAnchorElement;
    signedIn(client).then(() => link.click(), refused);
  };
}
