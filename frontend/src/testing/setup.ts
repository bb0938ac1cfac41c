import "@testing-library/jest-dom/vitest";
import { notifications } from "@mantine/notifications";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";
import "@/i18n";
import { answerCall } from "./server";
import { ServedUpload } from "./upload";

// whole pages are drawn here, and the machine may be busy with a model: slow is not wrong
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 60_000 });

class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

// what Mantine asks of a browser and jsdom lacks
Object.defineProperty(window, "matchMedia", {
  value: (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
    onchange: null,
  }),
});
// a textarea that grows measures itself again when a font arrives
if (!("fonts" in document)) Object.defineProperty(document, "fonts", { value: new EventTarget() });
window.ResizeObserver ??= Observer as unknown as typeof ResizeObserver;
Element.prototype.scrollIntoView ??= () => undefined;
window.scrollTo = () => undefined;
Blob.prototype.arrayBuffer ??= function (this: Blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.readAsArrayBuffer(this);
  });
};

/** The page asks by paths of its own host, and jsdom's signals are not those of Node's requests. */
class LocalRequest extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    const { signal: _, ...rest } = init ?? {};
    super(input instanceof Request ? input : new URL(input, window.location.href), rest);
  }
}
globalThis.Request = LocalRequest;
globalThis.XMLHttpRequest = ServedUpload as unknown as typeof XMLHttpRequest;
globalThis.fetch = (input, init) => answerCall(new LocalRequest(input, init));

afterEach(() => {
  cleanup();
  notifications.clean(); // their store outlives what is drawn
});
