import createClient, { type Middleware } from "openapi-fetch";
import { Problem, problemOf } from "@/api/problem";
import type { paths } from "@/api/schema";

const CSRF_COOKIE = "offerloop_csrf";
const CSRF_HEADER = "X-CSRF-Token";

/** The session's token, which every change repeats. */
function csrfToken(): string {
  const pair = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${CSRF_COOKIE}=`));
  return pair ? decodeURIComponent(pair.slice(CSRF_COOKIE.length + 1)) : "";
}

const guarded: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set(CSRF_HEADER, csrfToken());
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    throw problemOf(response, body);
  },
  onError({ error }) {
    if (error instanceof Problem || (error instanceof DOMException && error.name === "AbortError"))
      return error as Error;
    return new Problem(0, "", String(error));
  },
};

/**
 * The API, typed by its own description. Every refusal is thrown as a `Problem`. The header keeps the browser from
 * answering a 401 with a dialog of its own.
 */
export const api = createClient<paths>({ baseUrl: "/", headers: { "X-Requested-With": "fetch" } });
api.use(guarded);

/** The data of a call that cannot be without; openapi-fetch types it as optional. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  const answer = await call;
  return answer.data as T;
}
