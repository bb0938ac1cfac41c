import "@testing-library/jest-dom/vitest";
import "@/i18n";

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
window.ResizeObserver ??= Observer as unknown as typeof ResizeObserver;
Element.prototype.scrollIntoView ??= () => undefined;
