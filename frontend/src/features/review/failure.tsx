import { Alert, Button, Chip, Group, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { Correction } from "@/features/review/correction";
import { type Reason, type ReviewItem, reasonsQuery } from "@/features/review/queries";
import classes from "@/features/review/review.module.css";
import "@/features/review/texts";
import { Key } from "@/ui/kbd";
import { Failed, useProblemText } from "@/ui/states";

/** What is typed about a failing text, kept until it is sent. */
export interface Draft {
  reasons: Reason[];
  comment: string;
  text: string;
}

interface FailureProps {
  item: ReviewItem;
  draft: Draft;
  /** Where the work begins: at the reasons, or in the text. */
  startIn: "reasons" | "text";
  problem?: Problem;
  onChange: (draft: Draft) => void;
  onSend: () => void;
  onClose: () => void;
}

const DIGITS = "1234567890";

/** The digit that stands for a reason: nine, then zero. */
function digitOf(event: KeyboardEvent): number {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  return digit === undefined ? -1 : DIGITS.indexOf(digit);
}

function isField(target: EventTarget): boolean {
  return target instanceof HTMLTextAreaElement;
}

/** Why a text fails and how it should have read. */
export function Failure({ item, draft, startIn, problem, onChange, onSend, onClose }: FailureProps) {
  const { t } = useTranslation("review");
  const say = useProblemText();
  const reasons = useQuery(reasonsQuery);
  const panel = useRef<HTMLElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);

  // the browser's focus: the panel takes the keys at once
  useEffect(() => {
    (startIn === "text" ? field : panel).current?.focus();
  }, [startIn]);

  const toggle = (code: Reason): void => {
    const had = draft.reasons.includes(code);
    const next = had ? draft.reasons.filter((one) => one !== code) : [...draft.reasons, code];
    onChange({ ...draft, reasons: next });
  };
  const press = (event: KeyboardEvent): void => {
    if (event.altKey || event.nativeEvent.isComposing) return;
    if (event.code === "Escape") {
      leave(event);
      return;
    }
    if (event.ctrlKey || event.metaKey) {
      if (event.code !== "Enter" && event.code !== "NumpadEnter") return;
      event.preventDefault();
      if (!event.repeat) onSend();
      return;
    }
    if (isField(event.target)) return;
    const reason = reasons.data?.[digitOf(event)];
    if (reason) toggle(reason.code);
    else if (event.code === "KeyE") field.current?.focus();
    else return;
    event.preventDefault();
  };
  const leave = (event: KeyboardEvent): void => {
    event.preventDefault();
    if (isField(event.target)) panel.current?.focus();
    else onClose();
  };

  return (
    <section ref={panel} className={classes.panel} tabIndex={-1} aria-label={t("failure")} onKeyDown={press}>
      <Stack gap="md">
        {problem && (
          <Alert color="red" variant="light" role="alert">
            {say(problem)}
          </Alert>
        )}
        <div>
          <Group gap={8} mb={8} align="baseline">
            <Text fw={600}>{t("reasons")}</Text>
            <Text size="xs" c="var(--ol-quiet)">
              {t("reasonsHint")}
            </Text>
          </Group>
          {reasons.error && <Failed error={reasons.error} retry={() => void reasons.refetch()} />}
          <Group gap={8} role="group" aria-label={t("reasons")}>
            {reasons.data?.map((reason, place) => (
              <Chip
                key={reason.code}
                size="sm"
                color="red"
                variant="light"
                checked={draft.reasons.includes(reason.code)}
                onChange={() => toggle(reason.code)}
              >
                <span className={classes.digit} aria-hidden>
                  {DIGITS[place]}
                </span>
                {reason.words}
              </Chip>
            ))}
          </Group>
        </div>
        <Correction
          item={item}
          text={draft.text}
          fieldRef={field}
          refused={problem?.field("/corrected_text")}
          onChange={(text) => onChange({ ...draft, text })}
        />
        <Textarea
          label={t("comment")}
          autosize
          minRows={1}
          maxLength={2000}
          value={draft.comment}
          error={problem?.field("/comment")}
          onChange={(event) => onChange({ ...draft, comment: event.currentTarget.value })}
        />
        <Group gap={8}>
          <Button onClick={onSend} rightSection={<Key>Ctrl ↵</Key>}>
            {t("send")}
          </Button>
          <Button variant="default" onClick={onClose} rightSection={<Key>Esc</Key>}>
            {t("closePanel")}
          </Button>
        </Group>
      </Stack>
    </section>
  );
}
