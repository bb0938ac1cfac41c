import { changeHeaders } from "@/api/client";
import { Problem, problemOf } from "@/api/problem";

interface UploadOptions {
  headers?: Record<string, string>;
  /** Told again and again which share of the form has left, 0–1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/**
 * Send a form with a large file; `fetch` does not tell how much of it has left. Every refusal is thrown as a `Problem`,
 * an upload that was stopped by its signal as an AbortError.
 */
export function upload<Answer>(
  address: string,
  form: FormData,
  { headers, onProgress, signal }: UploadOptions,
): Promise<Answer> {
  return new Promise((settle, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    for (const [name, value] of Object.entries({ ...changeHeaders(), ...headers }))
      request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 0);
    request.onload = () => {
      const answer = responseOf(request);
      const said = parsed(request.responseText);
      if (!answer.ok) fail(problemOf(answer, said));
      else if (said === undefined) fail(new Problem(0, "", "The answer is not of the API"));
      else settle(said as Answer);
    };
    request.onerror = () => fail(new Problem(0, "", "The line broke"));
    request.onabort = () => fail(new DOMException("Stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Status and the headers that a problem is read from. */
function responseOf(request: XMLHttpRequest): Response {
  const retry = request.getResponseHeader("Retry-After");
  const headers = retry ? { "Retry-After": retry } : undefined;
  return new Response(null, { status: request.status, statusText: request.statusText, headers });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's own page
  }
}
