import { Alert, Button, Radio, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconSchool } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/features/learning/act-dialog";
import { type Abilities, type Learner, type Readiness, useStart } from "@/features/learning/queries";
import "@/features/learning/texts";

const CHOICES = { score: ["score"], both: ["score", "tune"] } as const satisfies Record<string, Learner[]>;
type Choice = keyof typeof CHOICES;

/** Starts a run; where labels are too few the API says so, and the card beside it says what is missing. */
export function StartButton({ readiness }: { readiness: Readiness }) {
  const { t } = useTranslation("learning");
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        leftSection={<IconSchool size={16} stroke={1.8} aria-hidden />}
        variant={readiness.ready ? "filled" : "default"}
        disabled={readiness.going !== null}
        onClick={open}
      >
        {t("start.open")}
      </Button>
      {opened && <StartDialog abilities={readiness.abilities} onClose={close} />}
    </>
  );
}

function StartDialog({ abilities, onClose }: { abilities: Abilities; onClose: () => void }) {
  const { t } = useTranslation("learning");
  const start = useStart(() => {
    notifications.show({ message: t("start.done") });
    onClose();
  });
  const [choice, setChoice] = useState<Choice>(abilities.tune ? "both" : "score");
  const send = (note: string): void => start.mutate({ note, learners: [...CHOICES[choice]] });
  return (
    <ActDialog
      title={t("start.title")}
      word={t("start.note")}
      act={t("start.act")}
      error={start.error}
      pending={start.isPending}
      onAct={send}
      onClose={onClose}
    >
      <Text size="sm">{t("start.text")}</Text>
      <Radio.Group label={t("start.what")} value={choice} onChange={(value) => setChoice(value as Choice)}>
        <Stack gap="xs" mt={4}>
          <Radio value="score" label={t("start.score")} description={t("start.scoreHint")} />
          <Radio
            value="both"
            label={t("start.both")}
            description={abilities.tune ? t("start.bothHint") : abilities.reason}
            disabled={!abilities.tune}
          />
        </Stack>
      </Radio.Group>
      {!abilities.worker && (
        <Alert color="yellow" variant="light">
          {t("start.noWorker")}
        </Alert>
      )}
    </ActDialog>
  );
}
