import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Draft } from "@/features/batches/draft";
import { Refusal } from "@/features/batches/refusal";
import { SourceField } from "@/features/batches/source-field";
import { Upload } from "@/features/batches/upload";
import { useStartForm } from "@/features/batches/use-start-form";
import "@/features/batches/start-texts";
import { CallOptions } from "@/ui/options/call-options";
import classes from "./batches.module.css";

const LONGEST_CAMPAIGN = 64;

interface StartFormProps {
  initial: Draft;
  /** A file that another page made. */
  given?: File | undefined;
  onClose: () => void;
}

/** From whom to write to, and what: the rows are checked before anything is written. */
export function StartForm({ initial, given, onClose }: StartFormProps) {
  const { t } = useTranslation("batches");
  const form = useStartForm(initial, given);
  const { draft, change, wrong, errors, pending } = form;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    form.submit();
  };
  return (
    <form onSubmit={send} noValidate aria-label={t("new.title")} className={classes.form}>
      <fieldset disabled={pending} className={classes.fields}>
        <Stack gap="md">
          <SourceField form={form} errors={errors} />
          <Title order={3} size="h5">
            {t("new.what")}
          </Title>
          <CallOptions options={draft} change={change} errors={errors} />
          <Text size="xs" c="var(--ol-quiet)">
            {t("new.own")}
          </Text>
          <TextInput
            label={t("campaign")}
            description={t("new.campaignHint")}
            placeholder="autumn-2026"
            value={draft.campaign}
            maxLength={LONGEST_CAMPAIGN}
            onChange={(event) => change({ campaign: event.currentTarget.value })}
            error={wrong.includes("campaign") ? t("new.wrongCampaign") : errors["/campaign"]}
          />
        </Stack>
      </fieldset>
      <div className={classes.foot}>
        {pending && draft.from === "file" && form.file && (
          <Upload file={form.file} share={form.share} stop={form.abort} />
        )}
        <Refusal error={form.error} file={draft.from === "file" ? form.file : null} />
        <Group justify="flex-end" gap="xs">
          <Text size="xs" c="var(--ol-quiet)" className={classes.order}>
            {t("new.order")}
          </Text>
          {!pending && (
            <Button variant="default" onClick={onClose}>
              {t("common:act.cancel")}
            </Button>
          )}
          <Button type="submit" loading={pending}>
            {t("new.act")}
          </Button>
        </Group>
      </div>
    </form>
  );
}
