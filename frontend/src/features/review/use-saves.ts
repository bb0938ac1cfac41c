import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { type Dispatch, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { useMe } from "@/app/session";
import { deleteLabel, type Label, lastLabel, putLabel, type Verdict } from "@/features/review/queries";
import type { Act, Entry, Sitting } from "@/features/review/sitting";
import "@/features/review/texts";
import { useGone } from "@/ui/gone";
import { useProblemText } from "@/ui/states";

/** Waits before another try when the line is broken or the server is busy. */
const PAUSES_MS = [500, 2000];
const LONGEST_PAUSE_MS = 5000;

/** Somebody else judged the text in the meantime. */
class Overtaken extends Error {
  constructor(readonly rival: Label) {
    super("overtaken");
  }
}

interface Job {
  id: string;
  verdict: Verdict | null;
  seen: string | null;
  me: string;
}

/** Bring what is stored to what is on screen, in the background, one call per text at a time. */
export function useSaves(
  entries: Sitting["entries"],
  dispatch: Dispatch<Act>,
  onSaved: (former: Entry, verdict: Verdict | null) => void,
): void {
  const me = useMe()?.username ?? "";
  const { mutateAsync } = useMutation({ mutationFn: store, networkMode: "always" });
  const { t } = useTranslation("review");
  const say = useProblemText();
  const running = useRef(new Set<string>());
  const gone = useGone();

  async function send(entry: Entry): Promise<void> {
    const { item, wanted: verdict, seen } = entry;
    const id = item.offer_id;
    try {
      const now = await mutateAsync({ id, verdict, seen, me });
      dispatch({ type: "saved", id, verdict, seen: now });
      onSaved(entry, verdict);
    } catch (error) {
      if (error instanceof Overtaken) dispatch({ type: "overtaken", id, rival: error.rival });
      else {
        const problem = error instanceof Problem ? error : new Problem(0, "", String(error));
        dispatch({ type: "failed", id, problem });
      }
      // on another page nothing shows it any more
      if (gone.current) {
        const message = `${item.text ?? ""}\n${error instanceof Overtaken ? error.rival.author : say(error)}`;
        notifications.show({ color: "red", title: t("lostSave"), message, autoClose: false });
      }
    } finally {
      running.current.delete(id);
    }
  }

  // the API is what this keeps in step with the screen
  useEffect(() => {
    for (const entry of Object.values(entries)) {
      const id = entry.item.offer_id;
      if (entry.saving !== "waiting" || running.current.has(id)) continue;
      running.current.add(id);
      dispatch({ type: "sending", id });
      void send(entry);
    }
  });
}

/** Store one verdict, or take it back, and tell the last label of the text then. */
async function store({ id, verdict, seen, me }: Job): Promise<string | null> {
  if (!verdict) return patiently(() => takeBack(id, me));
  try {
    return (await patiently(() => putLabel(id, verdict, seen))).id;
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 409) throw error;
    const last = await patiently(() => lastLabel(id));
    // our own word, which a broken line hid from us, or nobody's any more: there is nothing to ask about
    if (!last || last.author === me || last.label === null)
      return (await putLabel(id, verdict, last?.id ?? null)).id;
    throw new Overtaken(last);
  }
}

/** Only one's own label is taken back, never that of somebody who spoke after it. */
async function takeBack(id: string, me: string): Promise<string | null> {
  const last = await lastLabel(id);
  if (!last || last.label === null || last.author !== me) return last?.id ?? null;
  try {
    await deleteLabel(id, last.id);
  } catch (error) {
    if (error instanceof Problem && error.status === 409) return takeBack(id, me);
    throw error;
  }
  return (await lastLabel(id))?.id ?? null;
}

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Problem) || !(error.offline || error.status === 503)) throw error;
      await new Promise((go) =>
        setTimeout(go, Math.min((error.retryAfter ?? 0) * 1000 || pause, LONGEST_PAUSE_MS)),
      );
    }
  }
  return call();
}
