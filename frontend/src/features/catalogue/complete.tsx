import { Progress, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { completeness } from "@/features/catalogue/checklist";
import type { ChecklistItem } from "@/features/catalogue/queries";
import "@/features/catalogue/texts";
import classes from "./catalogue.module.css";

interface CompleteProps {
  listed: ChecklistItem[];
  card: Record<string, string>;
}

/** How much of what the law requires stands in the card; what lacks is named on hover and to screen readers. */
export function Complete({ listed, card }: CompleteProps) {
  const { t } = useTranslation("catalogue");
  if (!listed.length) return <Text c="var(--ol-quiet)">—</Text>;
  const { required, missing } = completeness(listed, card);
  const filled = required.length - missing.length;
  const told = missing.length
    ? t("lacks", { list: missing.map((item) => item.label).join(", ") })
    : t("completeAll");
  return (
    <Tooltip label={told} multiline maw={320}>
      <span className={classes.complete}>
        <Progress
          className={classes.bar}
          value={required.length ? (filled / required.length) * 100 : 100}
          color={missing.length ? "var(--ol-warn)" : "var(--ol-good)"}
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
