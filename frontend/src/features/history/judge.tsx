import { Alert, Button, Group, Stack, Textarea } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { Detailed, Judgement } from "@/features/history/queries";
import { ReasonChoice, type Reasons } from "@/features/history/reasons";
import { useLabel } from "@/features/history/use-label";
import { useHotkeys } from "@/ui/hotkeys";
import { Key } from "@/ui/kbd";
import { useProblemText } from "@/ui/states";
import { useUnsaved } from "@/ui/unsaved";
import "@/features/history/texts";

const WHERE = ["offer"] as const;

/** A failure as far as it is written: it stays until it is stored, folded or not. */
interface Draft {
  reasons: Reasons;
  comment: string;
  corrected: string;
}

/** Success by one key; a failure asks why and how it should have read. */
export function Judge({ offer }: { offer: Detailed }) {
  const { t } = useTranslation("history");
  const say = useProblemText();
  const label = useLabel(offer);
  const [failing, setFailing] = useState(false);
  const stored = storedOf(offer);
  const [typed, setTyped] = useState<Draft | null>(null);
  const draft = typed ?? stored;
  useUnsaved(JSON.stringify(draft) !== JSON.stringify(stored), WHERE);
  const save = (judgement: Judgement): void => {
    if (label.isPending) return;
    label.mutate(judgement, {
      onSuccess: () => {
        setFailing(false);
        setTyped(null);
      },
    });
  };
  const succeed = (): void => save({ label: "success", comment: "", corrected_text: null });
  const fail = (): void => setFailing(true);
  useHotkeys({ Digit1: succeed, Digit2: fail });
  return (
    <Stack gap="sm" role="group" aria-label={t("judge")}>
      <Group gap="xs">
        <Button
          variant={offer.label === "success" ? "light" : "default"}
          leftSection={<IconCheck size={16} color="var(--ol-good)" />}
          rightSection={<Key>1</Key>}
          disabled={label.isPending}
          onClick={succeed}
        >
          {t("common:label.success")}
        </Button>
        <Button
          variant={offer.label === "failure" ? "light" : "default"}
          leftSection={<IconX size={16} color="var(--ol-bad)" />}
          rightSection={<Key>2</Key>}
          disabled={label.isPending}
          aria-expanded={failing}
          onClick={() => setFailing((now) => !now)}
        >
          {t("common:label.failure")}
        </Button>
        {offer.label && (
          <Button variant="subtle" color="gray" disabled={label.isPending} onClick={() => label.mutate(null)}>
            {t("takeBack")}
          </Button>
        )}
      </Group>
      {label.error && !field(label.error) && (
        <Alert color="red" variant="light" role="alert">
          {say(label.error)}
        </Alert>
      )}
      {failing && (
        <Failure
          draft={draft}
          wrong={field(label.error)}
          pending={label.isPending}
          onChange={(change) => setTyped((now) => ({ ...(now ?? stored), ...change }))}
          onSave={() => save(failureOf(draft, offer.text ?? ""))}
        />
      )}
    </Stack>
  );
}

/** Only the last judgement counts, so one that is written anew begins with what the former said. */
function storedOf({ text, labels: [last] }: Detailed): Draft {
  if (last?.label !== "failure") return { reasons: [], comment: "", corrected: text ?? "" };
  return { reasons: last.reasons, comment: last.comment, corrected: last.corrected_text ?? text ?? "" };
}

/** What is wrong with the correction; several articles may forbid it. */
function field(error: unknown): string | undefined {
  if (!(error instanceof Problem)) return undefined;
  const told = error.errors
    .filter(({ pointer }) => pointer === "/corrected_text")
    .map(({ detail }) => detail);
  return told.length ? told.join(" ") : undefined;
}

/** A text that was emptied or not changed is no correction. */
function failureOf({ reasons, comment, corrected }: Draft, text: string): Judgement {
  const changed = corrected.trim() && corrected !== text ? corrected : null;
  return { label: "failure", reasons, comment: comment.trim(), corrected_text: changed };
}

interface FailureProps {
  draft: Draft;
  wrong: string | undefined;
  pending: boolean;
  onChange: (change: Partial<Draft>) => void;
  onSave: () => void;
}

function Failure({ draft, wrong, pending, onChange, onSave }: FailureProps) {
  const { t } = useTranslation("history");
  return (
    <Stack
      gap="sm"
      component="form"
      onSubmit={(event: React.FormEvent) => {
        event.preventDefault();
        onSave();
      }}
      onKeyDown={(event: React.KeyboardEvent) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSave();
      }}
    >
      <ReasonChoice value={draft.reasons} onChange={(reasons) => onChange({ reasons })} />
      <Textarea
        label={t("comment")}
        value={draft.comment}
        onChange={(event) => onChange({ comment: event.currentTarget.value })}
        maxLength={2000}
        autosize
        minRows={1}
      />
      <Textarea
        label={t("corrected")}
        description={t("correctedHint")}
        value={draft.corrected}
        onChange={(event) => onChange({ corrected: event.currentTarget.value })}
        error={wrong}
        maxLength={5000}
        autosize
        minRows={2}
      />
      <Group gap="xs">
        <Button type="submit" loading={pending} rightSection={<Key>Ctrl ↵</Key>}>
          {t("saveFailure")}
        </Button>
      </Group>
    </Stack>
  );
}
