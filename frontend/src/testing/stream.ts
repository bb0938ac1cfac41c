import { act } from "@testing-library/react";
import { beforeEach, vi } from "vitest";

/** jsdom has no streams of events: a test says what comes. */
export class Stream {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = 0;
  onopen: () => void = () => undefined;
  onmessage: (event: { data: string }) => void = () => undefined;
  onerror: () => void = () => undefined;

  constructor(readonly address: string) {
    Stream.opened.push(this);
  }

  tell(said: unknown): void {
    act(() => {
      this.readyState = 1;
      this.onopen();
      this.onmessage({ data: JSON.stringify(said) });
    });
  }

  refuse(): void {
    act(() => {
      this.readyState = Stream.CLOSED;
      this.onerror();
    });
  }

  close(): void {
    this.readyState = Stream.CLOSED;
  }
}

/** Streams of the tests of a file. */
export function withStreams(): void {
  beforeEach(() => {
    Stream.opened = [];
    vi.stubGlobal("EventSource", Stream);
  });
}
