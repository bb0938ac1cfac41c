import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LabelBadge } from "@/features/history/label-badge";
import { type Label, reasonsQuery } from "@/features/history/queries";
import { formatMoment } from "@/i18n/format";
import { WordDiff } from "@/ui/word-diff";
import classes from "./history.module.css";
import "@/features/history/texts";

/** Everything that was said of the text, the latest first. */
export function Said({ labels, text }: { labels: readonly Label[]; text: string | null }) {
  const { t } = useTranslation("history");
  const reasons = useQuery(reasonsQuery);
  if (labels.length === 0) {
    return (
      <Text size="sm" c="var(--ol-quiet)">
        {t("noLabels")}
      </Text>
    );
  }
  const inWords = (code: string): string => reasons.data?.find((one) => one.code === code)?.words ?? code;
  return (
    <Stack gap="sm" component="ol" className={classes.said}>
      {labels.map((label) => (
        <li key={label.id}>
          <Group gap="xs">
            {label.label ? <LabelBadge label={label.label} /> : <Text size="sm">{t("takenBack")}</Text>}
            <Text size="xs" c="var(--ol-quiet)">
              {label.author} · {formatMoment(label.created_at)}
            </Text>
          </Group>
          {label.reasons.length > 0 && <Text size="sm">{label.reasons.map(inWords).join(", ")}</Text>}
          {label.comment && <Text size="sm">{label.comment}</Text>}
          {label.corrected_text && <WordDiff from={text ?? ""} to={label.corrected_text} />}
        </li>
      ))}
    </Stack>
  );
}
