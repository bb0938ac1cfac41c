import { Alert, Button, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RecordForm } from "@/features/catalogue/record";
import "@/features/catalogue/texts";
import { formatMoment } from "@/i18n/format";
import { Key } from "@/ui/kbd";
import { useProblemText } from "@/ui/states";
import classes from "./catalogue.module.css";

interface SaveBarProps<R, T> {
  form: RecordForm<R, T>;
  updatedAt: string;
  plain?: boolean;
  children?: ReactNode;
}

/** Save, discard and what went wrong, always in sight below a form. */
export function SaveBar<R, T>({ form, updatedAt, plain, children }: SaveBarProps<R, T>) {
  const { t } = useTranslation("catalogue");
  const say = useProblemText();
  useHotkeys([["mod+S", form.save, { usePhysicalKeys: true }]], [], true);
  return (
    <div className={classes.footer} data-plain={plain || undefined}>
      {form.error && (
        <Alert color="red" variant="light" role="alert" w="100%">
          {say(form.error)}
        </Alert>
      )}
      <Button
        onClick={form.save}
        loading={form.pending}
        disabled={!form.draft.dirty || Boolean(form.draft.conflict)}
        rightSection={<Key>Ctrl S</Key>}
      >
        {t("save")}
      </Button>
      {form.draft.dirty && (
        <Button variant="default" onClick={form.discard} disabled={form.pending}>
          {t("discard")}
        </Button>
      )}
      <Text size="xs" c="var(--ol-quiet)">
        {t("version", { version: form.draft.version, moment: formatMoment(updatedAt) })}
      </Text>
      {children}
    </div>
  );
}
