import { Button, Group, Loader, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconBan, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ComponentProps, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { Finding } from "@/ui/preview/findings";
import { FindingsList } from "@/ui/preview/findings-list";
import { OfferPreview } from "@/ui/preview/offer-preview";
import { useProblemText } from "@/ui/states";
import classes from "./page.module.css";
import { checkQuery, Overtaken } from "./queries";
import type { Offer, Told } from "./run";
import { useJudge } from "./use-judge";

const PAUSE_MS = 400;
const MOST = 5000;

interface EditorProps {
  offer: Offer;
  told: Told;
  text: string;
  onType: (text: string | undefined) => void;
  onTell: (told: Told) => void;
  onSaved: (told: Told) => void;
  /** Whether the pen was just taken: typing goes into it then. */
  taken: boolean;
  shown: Omit<ComponentProps<typeof OfferPreview>, "text" | "findings">;
}

type State = "empty" | "checking" | "unchecked" | "unlawful" | "warned" | "lawful";

/** What the guard says of the text as it stands; findings of an older text are not shown, their places have moved. */
function useCheck(text: string, offer: Offer): { state: State; findings: Finding[] } {
  const [settled] = useDebouncedValue(text, PAUSE_MS);
  const check = useQuery(checkQuery(settled, offer.product, offer.channel));
  if (!text.trim()) return { state: "empty", findings: [] };
  if (settled !== text || check.isPending) return { state: "checking", findings: [] };
  if (!check.data) return { state: "unchecked", findings: [] };
  const { verdict, findings } = check.data;
  return { state: verdict === "violation" ? "unlawful" : findings.length ? "warned" : "lawful", findings };
}

/** The pen: a correction with the guard looking over the shoulder. */
export function Editor({ offer, told, text, onType, onTell, onSaved, taken, shown }: EditorProps) {
  const { t } = useTranslation("compose");
  const { t: common } = useTranslation();
  const say = useProblemText();
  const [label, setLabel] = useState<"success" | "failure">(told.label ?? "failure");
  const { state, findings } = useCheck(text, offer);
  const judge = useJudge(offer, {
    failed: t("correctionFailed"),
    onTell,
    onSaved: (now) => {
      onSaved(now);
      notifications.show({ message: t("saved") });
    },
  });
  const pen = useRef<HTMLTextAreaElement>(null);
  // the browser's focus is no part of what is drawn; a correction that a reload brought back must not take it
  useEffect(() => {
    if (!taken || !pen.current) return;
    pen.current.focus();
    pen.current.setSelectionRange(MOST, MOST);
  }, [taken]);
  const may = (state === "lawful" || state === "warned" || state === "unchecked") && text !== offer.text;
  const save = (): void => {
    if (!may || judge.isPending) return;
    const reasons = label === told.label ? told.reasons : [];
    judge.mutate({ body: { label, reasons, comment: "" }, before: told, corrected: { text, findings } });
  };
  const error =
    judge.error && (judge.error instanceof Overtaken ? judge.error.detail : fieldOr(judge.error, say));
  return (
    <div className={classes.body} data-editing>
      <Stack gap="xs">
        <Textarea
          label={t("editTitle")}
          description={t("editHint")}
          value={text}
          onChange={(event) => onType(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
          }}
          error={error}
          maxLength={MOST}
          autosize
          minRows={4}
          maxRows={20}
          ref={pen}
        />
        <CheckState state={state} />
        <FindingsList findings={findings} />
        <Group gap="xs" align="center">
          <Text size="sm" c="var(--ol-quiet)">
            {t("originalWas")}
          </Text>
          <SegmentedControl
            size="xs"
            aria-label={t("originalWas")}
            value={label}
            onChange={(picked) => setLabel(picked as typeof label)}
            data={(["failure", "success"] as const).map((value) => ({
              value,
              label: common(`label.${value}`),
            }))}
          />
        </Group>
        <Group gap="xs">
          <Button size="xs" onClick={save} loading={judge.isPending} disabled={!may}>
            {t("saveCorrection")}
          </Button>
          <Button size="xs" variant="default" onClick={() => onType(undefined)}>
            {common("act.cancel")}
          </Button>
        </Group>
      </Stack>
      <OfferPreview {...shown} text={text} findings={findings} />
    </div>
  );
}

function fieldOr(error: unknown, say: (error: unknown) => string): string {
  const field = error instanceof Problem ? error.field("/corrected_text") : undefined;
  return field ?? say(error);
}

function CheckState({ state }: { state: State }) {
  const { t } = useTranslation("compose");
  const icons = {
    empty: null,
    checking: <Loader size={14} />,
    unchecked: <IconAlertTriangle size={16} color="var(--ol-warn)" />,
    unlawful: <IconBan size={16} color="var(--ol-bad)" />,
    warned: <IconAlertTriangle size={16} color="var(--ol-warn)" />,
    lawful: <IconCircleCheck size={16} color="var(--ol-good)" />,
  };
  return (
    <Group gap={6} mih={22} role="status" aria-live="polite">
      {icons[state]}
      <Text size="sm">{state !== "empty" && t(state)}</Text>
    </Group>
  );
}
