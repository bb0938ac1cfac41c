import {
  Alert,
  Button,
  Group,
  Input,
  SegmentedControl,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import {
  changeRule,
  type Rule,
  type RuleChange,
  type Rules,
  rulesQuery,
} from "@/features/compliance/queries";
import "@/features/compliance/texts";
import { useProblemText } from "@/ui/states";
import { useUnsaved } from "@/ui/unsaved";
import classes from "./compliance.module.css";

type Values = Pick<Rule, "enabled" | "severity" | "words">;

/** What is touched. Words are what was added and taken away, so that a fresh answer shows through them too. */
interface Edits extends Partial<Pick<Rule, "enabled" | "severity">> {
  added?: string[];
  removed?: string[];
}

function edited(rule: Rule, { added = [], removed = [], ...edits }: Edits): Values {
  const kept = rule.words.filter((word) => !removed.includes(word));
  const words = [...kept, ...added.filter((word) => !kept.includes(word))];
  return { enabled: rule.enabled, severity: rule.severity, ...edits, words };
}

/** Only what differs is sent, so that two admins do not undo each other's fields. */
function changesOf(rule: Rule, values: Values): Omit<RuleChange, "comment"> {
  return {
    ...(values.enabled !== rule.enabled && { enabled: values.enabled }),
    ...(values.severity !== rule.severity && { severity: values.severity }),
    ...(values.words.join("\n") !== rule.words.join("\n") && { words: values.words }),
  };
}

export function RuleForm({ rule }: { rule: Rule }) {
  const { t } = useTranslation("compliance");
  const say = useProblemText();
  const client = useQueryClient();
  const [edits, setEdits] = useState<Edits>({});
  const [comment, setComment] = useState("");
  const [asked, setAsked] = useState(false);
  const values = edited(rule, edits);
  const changes = changesOf(rule, values);
  const changed = Object.keys(changes).length > 0;
  useUnsaved(changed || comment.trim() !== "", ["open", "tab"]);
  const saving = useMutation({
    mutationFn: async (body: RuleChange) => {
      if (!body.words) return changeRule(rule.id, body);
      // the list is stored whole: what another admin has put there meanwhile is read first
      const { items } = await client.fetchQuery({ ...rulesQuery, staleTime: 0 });
      const fresh = items.find((one) => one.id === rule.id) ?? rule;
      return changeRule(rule.id, { ...body, words: edited(fresh, edits).words });
    },
    onSuccess: (stored) => {
      client.setQueryData<Rules>(
        rulesQuery.queryKey,
        (now) => now && { ...now, items: now.items.map((one) => (one.id === stored.id ? stored : one)) },
      );
      setEdits({});
      setComment("");
      setAsked(false);
      void client.invalidateQueries({ queryKey: ["compliance"] });
      notifications.show({ message: t("saved", { rule: rule.id }) });
    },
  });
  const set = (patch: Edits) => {
    setEdits((now) => ({ ...now, ...patch }));
    saving.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (changed && comment.trim().length >= 3 && !saving.isPending) {
      saving.mutate({ ...changes, comment: comment.trim() });
    }
  };
  const refusal = saving.error instanceof Problem ? saving.error : null;
  const wrongWords = refusal?.errors
    .filter((one) => one.pointer.startsWith("/words"))
    .map((one) => one.detail);
  const wrongComment =
    refusal?.field("/comment") ?? (asked && comment.trim().length < 3 ? t("commentNeeded") : undefined);
  const atField = Boolean(wrongWords?.length || refusal?.field("/comment"));
  const warning =
    changes.enabled === false ? "offWarning" : changes.severity === "warn" ? "softWarning" : null;
  return (
    <form onSubmit={submit} className={classes.edit}>
      <Stack gap="md">
        <Text fw={600}>{t("edit")}</Text>
        <Switch
          label={t("enabled")}
          checked={values.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
        <Input.Wrapper label={t("severityLabel")} description={t(`severityHint.${values.severity}`)}>
          <SegmentedControl
            mt={4}
            aria-label={t("severityLabel")}
            data={(["block", "warn"] as const).map((one) => ({ value: one, label: t(`severity.${one}`) }))}
            value={values.severity}
            onChange={(severity) => set({ severity: severity as Rule["severity"] })}
          />
        </Input.Wrapper>
        {rule.scope === "text" ? (
          <TagsInput
            label={t("words")}
            description={t("wordsHint")}
            value={values.words}
            onChange={(words) =>
              set({
                added: words.filter((word) => !rule.words.includes(word)),
                removed: rule.words.filter((word) => !words.includes(word)),
              })
            }
            error={wrongWords?.length ? wrongWords.join(" ") : undefined}
            maxTags={200}
            acceptValueOnBlur
            clearable
          />
        ) : (
          <Text size="sm" c="var(--ol-quiet)">
            {t("wordsCampaign")}
          </Text>
        )}
        {warning && (
          <Alert color="yellow" variant="light">
            {t(warning)}
          </Alert>
        )}
        <Textarea
          label={t("comment")}
          description={t("commentHint")}
          placeholder={t("commentDefault")}
          withAsterisk
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
          error={wrongComment}
          maxLength={2000}
          autosize
          minRows={2}
        />
        {saving.error && !atField && (
          <Alert color="red" variant="light" role="alert">
            {say(saving.error)}
          </Alert>
        )}
        <Group gap="xs">
          <Button type="submit" loading={saving.isPending} disabled={!changed}>
            {t("save")}
          </Button>
          {(changed || comment) && (
            <Button
              variant="default"
              disabled={saving.isPending}
              onClick={() => {
                setEdits({});
                setComment("");
                setAsked(false);
                saving.reset();
              }}
            >
              {t("discard")}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
