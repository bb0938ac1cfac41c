import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem } from "@/api/problem";

/** Called when an answer says that the session is over; the shell then asks to sign in without losing the page. */
let onSignedOut: () => void = () => undefined;

export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

function notice(error: unknown): void {
  if (error instanceof Problem && error.signedOut) onSignedOut();
}

/** Refusals are final, broken lines are tried again. */
function again(count: number, error: unknown): boolean {
  return count < 2 && (!(error instanceof Problem) || error.offline || error.status === 503);
}

// the browser's own word on being online is about the Internet, and OfferLoop may stand on a machine without any
const networkMode = "always";

export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: notice }),
    mutationCache: new MutationCache({ onError: notice }),
    defaultOptions: {
      queries: { retry: again, staleTime: 15_000, refetchOnWindowFocus: false, networkMode },
      mutations: { networkMode },
    },
  });
}
