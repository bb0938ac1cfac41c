import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import "./texts";

interface Measured {
  /** A key of the preview texts: title, body, subject, preheader. */
  part?: string;
  count: number;
  most?: number;
  unit: "signs" | "words";
}

/** How long the parts of a text are, and whether they fit. */
export function Measures({ items, extra }: { items: Measured[]; extra?: string[] }) {
  return (
    <Group gap="md" mt={8} component="figcaption">
      {items.map((item) => (
        <Measure key={`${item.part}${item.unit}`} {...item} />
      ))}
      {extra?.map((words) => (
        <Text key={words} size="xs" c="var(--ol-quiet)">
          {words}
        </Text>
      ))}
    </Group>
  );
}

function Measure({ part, count, most, unit }: Measured) {
  const { t } = useTranslation("preview");
  const over = most !== undefined && count > most;
  const counted = t(unit, { count });
  const words = part
    ? t(most === undefined ? "plain" : "of", { part: t(part), count, most })
    : most === undefined
      ? counted
      : t("ofAll", { counted, most });
  return (
    <Text size="xs" fw={over ? 600 : undefined} c={over ? "var(--ol-bad)" : "var(--ol-quiet)"}>
      {words}
    </Text>
  );
}
