import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "@/api/key";
import { channelsInUseQuery } from "@/ui/catalogue";
import { type ClientIn, callOf, clientOf, type Draft, EMPTY } from "./draft";
import { limitsQuery, useWrite } from "./queries";
import { type Read, readClients } from "./read-clients";
import { hasCorrections, NO_RUN, type Run, runOf } from "./run";
import { type Change, useStored } from "./stored";

export interface Desk {
  draft: Draft;
  change: Change<Draft>;
  run: Run;
  changeRun: Change<Run>;
  /** What was read of the pasted clients. */
  read: Read | null;
  /** Clients that the next call will hold. */
  clients: ClientIn[];
  /** The most clients of one call on the chosen channel, once it is known. */
  most: number | undefined;
  write: ReturnType<typeof useWrite>;
  submit: (changed?: Partial<Draft>) => void;
}

/** How many clients one call on this channel may hold. */
function useMost(channel: string): number | undefined {
  const limits = useQuery(limitsQuery).data;
  const channels = useQuery(channelsInUseQuery).data;
  const chosen = channels?.find((one) => one.code === channel);
  if (!limits || !chosen) return undefined;
  return chosen.short ? limits.short : limits.long;
}

/** The state of the page: what is typed, what was answered, and the call between them. */
export function useDesk(userId: string, onAnswered: () => void): Desk {
  const { t } = useTranslation("compose");
  const [draft, change] = useStored<Draft>(`offerloop.compose.draft.${userId}`, EMPTY);
  const [run, changeRun] = useStored<Run>(`offerloop.compose.run.${userId}`, NO_RUN);
  const attempt = useRef({ body: "", key: "", underway: false });
  const write = useWrite({
    onSuccess: (answer) => {
      attempt.current.body = "";
      changeRun(runOf(answer));
      onAnswered();
    },
    onSettled: () => {
      attempt.current.underway = false;
    },
  });
  const most = useMost(draft.channel);
  const read = useMemo(
    () => (draft.mode === "many" ? readClients(draft.pasted) : null),
    [draft.mode, draft.pasted],
  );
  const given = read ? read.clients : [clientOf(draft)];
  const clients = draft.onlyFirst && most ? given.slice(0, most) : given;

  const send = (changed: Partial<Draft>): void => {
    if (attempt.current.underway) return;
    const wanted = { ...draft, ...changed };
    const call = callOf(wanted, wanted.mode === "one" ? [clientOf(wanted)] : clients);
    const body = JSON.stringify(call);
    // the same call after a broken line repeats its key, so that nobody pays for the texts twice
    const key = attempt.current.body === body ? attempt.current.key : newKey();
    attempt.current = { body, key, underway: true };
    write.mutate({ call, key });
  };
  const submit = (changed: Partial<Draft> = {}): void => {
    if (attempt.current.underway) return;
    if (!hasCorrections(run)) send(changed);
    else
      modals.openConfirmModal({
        title: t("unsavedTitle"),
        children: <Text size="sm">{t("unsavedText")}</Text>,
        labels: { confirm: t("unsavedWrite"), cancel: t("common:act.cancel") },
        confirmProps: { color: "red" },
        onConfirm: () => send(changed),
      });
  };
  return { draft, change, run, changeRun, read, clients, most, write, submit };
}
