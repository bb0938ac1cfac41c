import { Badge, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatDay } from "@/i18n/format";
import { FactsList } from "@/ui/facts-list";
import "./texts";
import { tellClient } from "./words";

interface ClientWordsProps {
  features: Record<string, unknown>;
  events?: readonly Record<string, unknown>[];
}

/** A client as a person would tell of them: what is known, in words, then the events. */
export function ClientWords({ features, events = [] }: ClientWordsProps) {
  const { t } = useTranslation("client");
  const told = tellClient(features, t);
  if (!told.length && !events.length) {
    return (
      <Text size="sm" c="var(--ol-quiet)">
        {t("nothing")}
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {told.length > 0 && (
        <FactsList items={told.map(({ label, value }) => [label, value] as const)} columns />
      )}
      {events.length > 0 && (
        <Group gap={6} aria-label={t("events")} role="group">
          {events.map((event) => (
            <Badge key={`${event.type}-${event.at}`} color="gray">
              {t(`event.${event.type}`, { defaultValue: String(event.type) })}
              {event.at ? ` · ${formatDay(String(event.at))}` : ""}
            </Badge>
          ))}
        </Group>
      )}
    </Stack>
  );
}
