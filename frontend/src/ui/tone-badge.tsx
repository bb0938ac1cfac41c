import { Badge } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./tone-badge.module.css";

export type Tone = "good" | "bad" | "warn" | "accent" | "quiet";

/** A word in the colour of what it means, readable in both themes: Mantine's own light badges fall short of 4.5 : 1. */
export function ToneBadge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <Badge className={classes.badge} data-tone={tone}>
      {children}
    </Badge>
  );
}
