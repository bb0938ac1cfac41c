import { Alert, Button, List, Text } from "@mantine/core";
import { IconGitMerge } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Clash, missing } from "@/features/catalogue/draft";
import "@/features/catalogue/texts";

interface ConflictProps {
  mine: number;
  theirs: number;
  clashes: Clash[];
  /** The name of an entry of a map field, such as a condition of the card, or of the subject of a hint. */
  entryName?: (field: string, key: string) => string;
  adopt: () => void;
}

/** An item of a list: a benefit, or a hint about whom the product suits. */
interface Item {
  text?: string;
  fact?: string;
  segment?: string;
  suits?: boolean;
  hint?: string;
}

/** What somebody else has changed meanwhile, and the way on that keeps the reader's own edits. */
export function Conflict({ mine, theirs, clashes, entryName, adopt }: ConflictProps) {
  const { t } = useTranslation("catalogue");
  const tell = (value: unknown): string => {
    if (value === null || value === undefined || value === "") return t("conflict.nothing");
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    return `«${String(value)}»`;
  };
  const tellItem = (item: unknown): string => {
    if (typeof item !== "object" || item === null) return tell(item);
    const { text, fact, segment, suits, hint } = item as Item;
    if (hint === undefined) return tell(text);
    const subject = fact ?? segment;
    const verdict = t(suits ? "audience.suits" : "audience.not").toLowerCase();
    return [subject && (entryName?.("audience", subject) ?? subject), verdict, tell(hint)]
      .filter(Boolean)
      .join(", ");
  };
  const tellChange = ({ before, after }: Clash): string => {
    if (!Array.isArray(before) || !Array.isArray(after)) return `${tell(before)} → ${tell(after)}`;
    const [added, removed] = [missing(before, after), missing(after, before)];
    const told = [
      added.length > 0 && t("conflict.added", { items: added.map(tellItem).join("; ") }),
      removed.length > 0 && t("conflict.removed", { items: removed.map(tellItem).join("; ") }),
    ].filter(Boolean);
    return told.length ? told.join(" · ") : t("conflict.moved");
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
            <b>{place(clash.path)}</b>: {tellChange(clash)}
            {clash.mine && (
              <Text component="span" c="var(--ol-warn)">
                {" "}
                ({t(Array.isArray(clash.after) ? "conflict.both" : "conflict.yours")})
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
