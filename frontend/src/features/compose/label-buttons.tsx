import { Button, Chip, Group, Stack, Text } from "@mantine/core";
import { IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemText } from "@/ui/states";
import { reasonsQuery } from "./queries";
import type { Offer, Reason, Told } from "./run";
import { useJudge } from "./use-judge";

interface LabelButtonsProps {
  offer: Offer;
  told: Told;
  onTell: (told: Told) => void;
}

type Verdict = "success" | "failure";

/** Success or failure at one click; the same click takes it back. Reasons of a failure come after it, if wanted. */
export function LabelButtons({ offer, told, onTell }: LabelButtonsProps) {
  const { t } = useTranslation("compose");
  const { t: common } = useTranslation();
  const say = useProblemText();
  const judge = useJudge(offer, { failed: t("labelFailed"), onTell });
  const send = (label: Verdict | null, reasons: Reason[] = []): void => {
    if (judge.isPending) return;
    onTell({ ...told, label, reasons }); // on screen at once, put right when the server says otherwise
    const body = label && { label, reasons, comment: "" };
    judge.mutate({ body, before: told, corrected: told.corrected });
  };
  const button = (label: Verdict, color: string, Icon: typeof IconThumbUp) => (
    <Button
      size="xs"
      variant={told.label === label ? "filled" : "default"}
      color={color}
      aria-pressed={told.label === label}
      leftSection={<Icon size={16} stroke={1.6} />}
      // the second click of a double one must not take back what the first has said
      onClick={(event) => event.detail < 2 && send(told.label === label ? null : label)}
    >
      {common(`label.${label}`)}
    </Button>
  );
  return (
    <>
      <Button.Group aria-label={t("labelOf")}>
        {button("success", "green.9", IconThumbUp)}
        {button("failure", "red.9", IconThumbDown)}
      </Button.Group>
      {judge.error && (
        <Text size="sm" c="var(--ol-bad)" role="alert" w="100%" style={{ order: 2 }}>
          {t("labelFailed")}. {say(judge.error)}
        </Text>
      )}
      {told.label === "failure" && (
        <Reasons
          key={told.reasons.join()}
          saved={told.reasons}
          saving={judge.isPending}
          onSave={(reasons) => send("failure", reasons)}
        />
      )}
    </>
  );
}

interface ReasonsProps {
  saved: Reason[];
  saving: boolean;
  onSave: (reasons: Reason[]) => void;
}

function Reasons({ saved, saving, onSave }: ReasonsProps) {
  const { t } = useTranslation("compose");
  const [picked, setPicked] = useState(saved);
  const known = useQuery(reasonsQuery).data;
  if (!known) return null;
  const changed = [...picked].sort().join() !== [...saved].sort().join();
  return (
    <Stack gap={6} w="100%" style={{ order: 3 }}>
      <Text size="xs" c="var(--ol-quiet)">
        {t("reasons")}
      </Text>
      <Chip.Group multiple value={picked} onChange={(codes) => setPicked(codes as Reason[])}>
        <Group gap={6}>
          {known.map((reason) => (
            <Chip key={reason.code} value={reason.code} size="xs" variant="outline">
              {reason.words}
            </Chip>
          ))}
          {changed && (
            <Button size="compact-xs" onClick={() => onSave(picked)} loading={saving}>
              {t("saveReasons")}
            </Button>
          )}
        </Group>
      </Chip.Group>
    </Stack>
  );
}
