import type { components } from "@/api/schema";

/** One wrong field of a refused call; the pointer is a JSON pointer into the body. */
export interface FieldProblem {
  pointer: string;
  detail: string;
}

/** What the API says when it refuses (RFC 9457), or what stands for it when no answer came at all. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors: FieldProblem[];
  readonly retryAfter: number | null;

  constructor(
    status: number,
    title: string,
    detail: string,
    errors: FieldProblem[] = [],
    retryAfter: number | null = null,
  ) {
    super(detail || title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  /** Nothing answered: the server is down or the line is broken. */
  get offline(): boolean {
    return this.status === 0;
  }

  /** The session is over; signing in again repairs it. */
  get signedOut(): boolean {
    return this.status === 401;
  }

  /** What is wrong with one field, if anything. */
  field(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer === pointer)?.detail;
  }
}

type Body = Partial<components["schemas"]["Problem"]> | undefined;

/** The problem that a refused response carries. */
export function problemOf(response: Response, body: unknown): Problem {
  const told = (typeof body === "object" && body !== null ? body : undefined) as Body;
  const retry = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    told?.title ?? response.statusText,
    told?.detail ?? "",
    (told?.errors as FieldProblem[] | undefined) ?? [],
    Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}
