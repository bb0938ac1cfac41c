import { Alert, Button, List, Text } from "@mantine/core";
import { IconGitMerge } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Clash } from "@/features/catalogue/draft";
import "@/features/catalogue/texts";

interface ConflictProps {
  mine: number;
  theirs: number;
  clashes: Clash[];
  /** The name of an entry of a map field, such as a condition of the card. */
  entryName?: (field: string, key: string) => string;
  adopt: () => void;
}

/** What somebody else has changed meanwhile, and the way on that keeps the reader's own edits. */
export function Conflict({ mine, theirs, clashes, entryName, adopt }: ConflictProps) {
  const { t } = useTranslation("catalogue");
  const tell = (value: unknown): string => {
    if (value === null || value === undefined || value === "") return t("conflict.nothing");
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    return typeof value === "object" ? t("conflict.list") : `«${String(value)}»`;
  };
  const place = ([field = "", key]: string[]): string =>
    key ? `${t(`field.${field}`)}: ${entryName?.(field, key) ?? key}` : t(`field.${field}`);
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconGitMerge />}
      title={t("conflict.title")}
      role="alert"
      mb="md"
    >
      <Text size="sm">{t("conflict.text", { mine, theirs })}</Text>
      <List size="sm" my="xs">
        {clashes.map((clash) => (
          <List.Item key={clash.path.join("/")}>
            <b>{place(clash.path)}</b>: {tell(clash.before)} → {tell(clash.after)}
            {clash.mine && (
              <Text component="span" c="var(--ol-warn)">
                {" "}
                ({t("conflict.yours")})
              </Text>
            )}
          </List.Item>
        ))}
      </List>
      <Button size="xs" variant="default" onClick={adopt}>
        {t("conflict.adopt")}
      </Button>
    </Alert>
  );
}
