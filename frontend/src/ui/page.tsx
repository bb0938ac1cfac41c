import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import classes from "./page.module.css";

interface PageProps {
  title: string;
  hint?: string;
  actions?: ReactNode;
  children: ReactNode;
  /** Tables use the whole width, forms and texts do not. */
  wide?: boolean;
}

/** A page of the shell: heading, actions on the right, content below. Sets the title of the tab. */
export function Page({ title, hint, actions, children, wide = false }: PageProps) {
  useEffect(() => {
    document.title = `${title} · OfferLoop`;
  }, [title]);
  return (
    <Box className={classes.page} data-wide={wide || undefined}>
      <Group justify="space-between" align="flex-end" mb="md" gap="sm">
        <Stack gap={2}>
          <Title order={1} size="h3">
            {title}
          </Title>
          {hint && (
            <Text size="sm" c="var(--ol-quiet)">
              {hint}
            </Text>
          )}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}

/** A surface that groups what belongs together. */
export function Card({
  children,
  title,
  actions,
}: {
  children: ReactNode;
  title?: string;
  actions?: ReactNode;
}) {
  return (
    <section className={classes.card}>
      {(title || actions) && (
        <Group justify="space-between" mb="sm">
          {title && (
            <Title order={2} size="h5">
              {title}
            </Title>
          )}
          {actions}
        </Group>
      )}
      {children}
    </section>
  );
}
