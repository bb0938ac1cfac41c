import { Kbd } from "@mantine/core";

/** The key of an action, on its button; a phone has no keys. */
export function Key({ children }: { children: string }) {
  return (
    <Kbd size="xs" visibleFrom="sm" aria-hidden>
      {children}
    </Kbd>
  );
}
