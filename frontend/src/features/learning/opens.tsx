import { Anchor, type AnchorProps } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface OpensProps extends AnchorProps {
  /** What opens in the drawer, in place of what stands open there. */
  version?: string;
  run?: string;
  children: ReactNode;
}

/** A link to a version or to a run. */
export function Opens({ version, run, children, ...look }: OpensProps) {
  return (
    <Anchor
      {...look}
      renderRoot={(props) => (
        <Link
          to="/models"
          search={(old: Record<string, string | undefined>) => ({ ...old, version, run })}
          {...props}
        />
      )}
    >
      {children}
    </Anchor>
  );
}
