import createClient, { type Middleware } from "openapi-fetch";
import { Problem, problemOf } from "@/api/problem";
import type { paths } from "@/api/schema";

const CSRF_COOKIE = /^(?:__Host-)?offerloop_csrf=/; // over HTTPS with the prefix
const CSRF_HEADER = "X-CSRF-Token";

/** The session's token, which every change repeats. */
function csrfToken(): string {
  const pair = document.cookie.split("; ").find((cookie) => CSRF_COOKIE.test(cookie));
  return pair ? decodeURIComponent(pair.replace(CSRF_COOKIE, "")) : "";
}

// names the page's own script: without it the browser answers a 401 with a dialog of its own
const OWN = { "X-Requested-With": "fetch" };

/** Headers of a change that is sent in another way than by `api`. */
export function changeHeaders(): Record<string, string> {
  return { ...OWN, [CSRF_HEADER]: csrfToken() };
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

/** The API, typed by its own description. Every refusal is thrown as a `Problem`. */
export const api = createClient<paths>({ baseUrl: "/", headers: OWN });
api.use(guarded);

/** The data of a call that cannot be without; openapi-fetch types it as optional. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  const answer = await call;
  return answer.data as T;
}
