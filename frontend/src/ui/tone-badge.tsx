import { Badge, type BadgeProps } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";
import classes from "./tone-badge.module.css";

export type Tone = "good" | "bad" | "warn" | "accent" | "quiet";

interface ToneBadgeProps extends BadgeProps, Omit<ComponentPropsWithRef<"div">, keyof BadgeProps> {
  tone: Tone;
}

/** A word in the colour of what it means, readable in both themes: Mantine's own light badges fall short of 4.5 : 1. */
export function ToneBadge({ tone, ...rest }: ToneBadgeProps) {
  return <Badge {...rest} className={classes.badge} data-tone={tone} />;
}
