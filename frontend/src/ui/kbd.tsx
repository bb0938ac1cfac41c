import { Kbd } from "@mantine/core";

/** The key of an action, on its button. */
export function Key({ children }: { children: string }) {
  return (
    <Kbd size="xs" aria-hidden>
      {children}
    </Kbd>
  );
}
