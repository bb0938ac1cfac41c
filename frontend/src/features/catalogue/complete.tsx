import { Progress, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { completeness } from "@/features/catalogue/checklist";
import type { ChecklistItem, Product } from "@/features/catalogue/queries";
import "@/features/catalogue/texts";
import classes from "./catalogue.module.css";

interface CompleteProps {
  listed: ChecklistItem[];
  card: Record<string, string>;
  outdated: Product["outdated"];
}

/** How much of what the law requires stands in the card; what lacks or is out of date is named on hover and aloud. */
export function Complete({ listed, card, outdated }: CompleteProps) {
  const { t } = useTranslation("catalogue");
  if (!listed.length) return <Text c="var(--ol-quiet)">—</Text>;
  const { required, missing } = completeness(listed, card);
  const filled = required.length - missing.length;
  const lacking = missing.length
    ? t("lacks", { list: missing.map((item) => item.label).join(", ") })
    : t("completeAll");
  const told = [lacking, ...outdated.map(({ detail }) => detail)].join(". ");
  const wanting = missing.length > 0 || outdated.length > 0;
  return (
    <Tooltip label={told} multiline maw={320}>
      <span className={classes.complete}>
        <Progress
          className={classes.bar}
          value={required.length ? (filled / required.length) * 100 : 100}
          color={wanting ? "var(--ol-warn)" : "var(--ol-good)"}
          size="sm"
          aria-hidden
        />
        <Text
          size="sm"
          component="span"
          aria-label={`${t("complete", { filled, all: required.length })}. ${told}`}
          role="img"
        >
          {filled}/{required.length}
        </Text>
      </span>
    </Tooltip>
  );
}
