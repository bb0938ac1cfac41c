import { answerCall } from "./server";

/**
 * Stands for the browser's way to send a form with its progress. Half of the form has left at once; what `serve` was
 * told answers it, and sees the form's fields as JSON with the names of its files.
 */
export class ServedUpload {
  readonly upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  status = 0;
  statusText = "";
  responseText = "";
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  private readonly headers = new Headers();
  private method = "";
  private address = "";
  private answer?: Response;
  private aborted = false;

  open(method: string, address: string): void {
    this.method = method;
    this.address = address;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers.set(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.answer?.headers.get(name) ?? null;
  }

  abort(): void {
    this.aborted = true;
    this.onabort?.();
  }

  async send(form: FormData): Promise<void> {
    this.upload.onprogress?.({ loaded: 1, total: 2 });
    const fields = [...form].map(([name, value]) => [name, value instanceof File ? value.name : value]);
    this.headers.set("Content-Type", "application/json");
    const body = JSON.stringify(Object.fromEntries(fields));
    try {
      this.answer = await answerCall(
        new Request(this.address, { method: this.method, headers: this.headers, body }),
      );
    } catch {
      if (!this.aborted) this.onerror?.();
      return;
    }
    this.status = this.answer.status;
    this.responseText = await this.answer.text();
    if (!this.aborted) this.onload?.();
  }
}
