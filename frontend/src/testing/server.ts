import { afterEach, beforeEach } from "vitest";

/** A call as the page made it. */
export interface Call {
  method: string;
  /** Path with its search: "/api/v1/offers?limit=50". */
  path: string;
  headers: Headers;
  body: unknown;
}

type Answer = unknown | Response | ((call: Call) => unknown | Promise<unknown>);

/** Answers by "METHOD /path" without the search; a function is called each time. */
export type Answers = Record<string, Answer>;

let answers: Answers = {};
let calls: Call[] = [];

/** Let the API answer so from now on; what was told before stays unless it is told anew. */
export function serve(more: Answers): void {
  answers = { ...answers, ...more };
}

/** The calls made so far, or those of one "METHOD /path". */
export function callsOf(name?: string): Call[] {
  return name ? calls.filter((call) => nameOf(call) === name) : calls;
}

/** A refusal as the API words it (RFC 9457). */
export function problem(status: number, body: object = {}, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ status, title: "Refused", detail: "", ...body }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

/** The line is broken: nothing answers. */
export function offline(): never {
  throw new TypeError("Failed to fetch");
}

function nameOf(call: Call): string {
  return `${call.method} ${call.path.split("?")[0]}`;
}

/** Stands for the network in tests: `setup.ts` gives it to everything that fetches. */
export async function answerCall(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const text = await request.text();
  const isJson = request.headers.get("Content-Type")?.includes("json");
  const call: Call = {
    method: request.method,
    path: pathname + search,
    headers: request.headers,
    body: text && isJson ? JSON.parse(text) : text || undefined,
  };
  calls.push(call);
  const name = nameOf(call);
  if (!(name in answers)) return problem(404, { detail: `No test answers ${name}` });
  const told = answers[name];
  const answer: unknown = typeof told === "function" ? await (told as (call: Call) => unknown)(call) : told;
  if (answer instanceof Response) return answer.clone();
  if (answer === undefined) return new Response(null, { status: 204 });
  return new Response(JSON.stringify(answer), { headers: { "Content-Type": "application/json" } });
}

beforeEach(() => {
  answers = {};
  calls = [];
});
afterEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
