import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { checkQuery, type ReviewItem } from "@/features/review/queries";
import "@/features/review/texts";
import { FindingsList } from "@/ui/preview/findings-list";
import { WordDiff } from "@/ui/word-diff";

const PAUSE_MS = 350;

interface CorrectionProps {
  item: ReviewItem;
  text: string;
  fieldRef: RefObject<HTMLTextAreaElement | null>;
  /** What the server said of this text. */
  refused?: string;
  onChange: (text: string) => void;
}

/** The text as it should have read, with what was changed and what the law says to it. */
export function Correction({ item, text, fieldRef, refused, onChange }: CorrectionProps) {
  const { t } = useTranslation("review");
  const original = item.text ?? "";
  const changed = text !== original;
  return (
    <Stack gap={8}>
      <Textarea
        ref={fieldRef}
        label={t("correction")}
        description={t("correctionHint")}
        autosize
        minRows={2}
        maxRows={16}
        maxLength={5000}
        value={text}
        error={refused}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {changed && (
        <>
          <Group justify="space-between" gap={8}>
            <Text size="xs" c="var(--ol-quiet)">
              {t("difference")}
            </Text>
            <Button size="compact-xs" variant="subtle" onClick={() => onChange(original)}>
              {t("original")}
            </Button>
          </Group>
          <WordDiff from={original} to={text} />
          <Law text={text} item={item} />
        </>
      )}
    </Stack>
  );
}

/** The check of the law as one types. */
function Law({ text, item }: { text: string; item: ReviewItem }) {
  const { t } = useTranslation("review");
  const [paused] = useDebouncedValue(text, PAUSE_MS);
  const check = useQuery(checkQuery(paused, item.product, item.channel));
  if (!text.trim()) return null;
  const report = paused === text ? check.data : undefined;
  const blocked = report?.findings.some((one) => one.severity === "block");
  const words = check.isError ? "checkFailed" : !report ? "checking" : blocked ? "unlawful" : "lawful";
  const color = blocked ? "var(--ol-bad)" : report ? "var(--ol-good)" : "var(--ol-quiet)";
  return (
    <Stack gap={8} aria-live="polite">
      <Text size="sm" fw={500} c={check.isError ? "var(--ol-warn)" : color}>
        {t(words)}
      </Text>
      {report && <FindingsList findings={report.findings} />}
    </Stack>
  );
}
