import { useEffect, useRef } from "react";

/** Keys by `event.code`, so that they work on a Russian layout too: "Digit1", "ArrowRight", "KeyZ". */
export type Hotkeys = Partial<Record<string, () => void>>;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/**
 * Bare keys for the whole page. They are silent while somebody types, with Ctrl, Alt or Meta, and under an open dialog.
 */
export function useHotkeys(keys: Hotkeys, enabled = true): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    if (!enabled) return;
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      if (isTyping(event.target) || document.querySelector("[role=dialog]")) return;
      const action = current.current[event.code];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [enabled]);
}
