import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useGone } from "@/ui/gone";
import { useProblemText } from "@/ui/states";
import { type LabelIn, Overtaken, putLabel, takeBack } from "./queries";
import { type Label, type Offer, type Told, toldOf } from "./run";

interface JudgeOptions {
  /** What to say where a refusal comes and the place that judged is gone. */
  failed: string;
  /** What is stored now; called even when the place is gone. */
  onTell: (told: Told) => void;
  onSaved?: (told: Told) => void;
}

/** One judgement on its way: what was told before it, and the correction that it carries. */
interface Sent {
  body: Omit<LabelIn, "corrected_text" | "seen"> | null;
  before: Told;
  corrected: Told["corrected"];
}

/** Label an offer, or take the label back with `null`; a refusal puts right what the page shows. */
export function useJudge(offer: Offer, { failed, onTell, onSaved = onTell }: JudgeOptions) {
  const { t } = useTranslation("compose");
  const say = useProblemText();
  const gone = useGone();
  return useMutation({
    mutationFn: ({ body, before, corrected }: Sent): Promise<Label | null> =>
      body
        ? putLabel(offer.offer_id, { ...body, corrected_text: corrected?.text ?? null, seen: before.id })
        : takeBack(offer.offer_id, before.id, (author, label) =>
            t("overtaken", { author, label: t(`common:label.${label}`) }),
          ),
    onSuccess: (last, { corrected }) =>
      onSaved({ ...toldOf(last), corrected: last?.corrected_text ? corrected : null }),
    onError: (error, { before }) => {
      onTell(error instanceof Overtaken ? toldOf(error.last) : before);
      if (!gone.current) return;
      const message = `${offer.text ?? ""}\n${say(error)}`;
      notifications.show({ color: "red", title: failed, message, autoClose: false });
    },
  });
}
