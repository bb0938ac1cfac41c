import { Group, List, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle, IconBan } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Finding } from "./findings";
import "./texts";

/** What the guard found, in words: the law, the words at fault and what to do. */
export function FindingsList({ findings }: { findings: readonly Finding[] }) {
  const { t } = useTranslation("preview");
  if (!findings.length) return null;
  return (
    <List listStyleType="none" spacing={8} aria-label={t("findings")}>
      {findings.map((one) => {
        const blocks = one.severity === "block";
        return (
          <List.Item
            key={`${one.rule}-${one.start}-${one.end}`}
            styles={{ itemWrapper: { alignItems: "flex-start" } }}
            icon={
              <ThemeIcon
                size={20}
                radius="sm"
                variant="transparent"
                c={blocks ? "var(--ol-bad)" : "var(--ol-warn)"}
                role="img"
                aria-label={t(blocks ? "block" : "warn")}
              >
                {blocks ? <IconBan size={16} /> : <IconAlertTriangle size={16} />}
              </ThemeIcon>
            }
          >
            <Group gap={6} align="baseline">
              <Text size="sm" fw={600} span>
                {one.law}
              </Text>
              {one.excerpt && (
                <Text size="sm" c="var(--ol-quiet)" span>
                  «{one.excerpt}»
                </Text>
              )}
            </Group>
            <Text size="sm">{one.advice}</Text>
          </List.Item>
        );
      })}
    </List>
  );
}
