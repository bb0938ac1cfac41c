import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { type Draft, useDraft } from "@/features/catalogue/draft";
import "@/features/catalogue/texts";

interface Versioned {
  version: number;
}

interface RecordOptions<R extends Versioned, T extends object> {
  record: R;
  valuesOf: (record: R) => T;
  send: (changes: Partial<T>, version: number) => Promise<R>;
  /** The record as it is now, past every cache. */
  read: () => Promise<R>;
  onStored: (record: R) => void;
}

interface Step<R, T> {
  run: () => Promise<R>;
  sent: T;
  said: string;
}

export interface RecordForm<R, T> {
  draft: Draft<T>;
  pending: boolean;
  /** The last refusal, unless it is the conflict that the draft tells about. */
  error: Error | null;
  /** What is wrong with the value at a JSON pointer. */
  fieldError: (pointer: string) => string | undefined;
  save: () => void;
  /** Another change of the record, such as archiving it. */
  act: (run: (version: number) => Promise<R>, said: string) => void;
  adopt: () => void;
  discard: () => void;
}

/** A value of a map is refused at `/card/rate/value`, the field shows it at `/card/rate`. */
function detailAt(problem: unknown, pointer: string): string | undefined {
  if (!(problem instanceof Problem)) return undefined;
  const places = [pointer, `${pointer}/value`, `${pointer}/key`];
  return problem.errors.find((error) => places.includes(error.pointer))?.detail;
}

/** One catalogue record under edit: its draft, saving by version, and what to do when somebody was faster. */
export function useRecord<R extends Versioned, T extends object>({
  record,
  valuesOf,
  send,
  read,
  onStored,
}: RecordOptions<R, T>): RecordForm<R, T> {
  const { t } = useTranslation("catalogue");
  const draft = useDraft(record.version, valuesOf(record));
  const step = useMutation({
    mutationFn: ({ run }: Step<R, T>) => run(),
    onSuccess: (stored, { sent, said }) => {
      draft.stored(stored.version, valuesOf(stored), sent);
      onStored(stored);
      notifications.show({ message: said });
    },
    onError: async (error) => {
      if (!(error instanceof Problem) || error.status !== 409) return;
      const fresh = await read().catch(() => null);
      if (fresh && fresh.version !== draft.version) draft.outrun(fresh.version, valuesOf(fresh));
    },
  });
  const start = (run: () => Promise<R>, said: string): void => {
    if (!step.isPending) step.mutate({ run, sent: draft.values, said });
  };
  return {
    draft,
    pending: step.isPending,
    error: draft.conflict ? null : step.error,
    fieldError: (pointer) => detailAt(step.error, pointer),
    save: () => {
      if (draft.dirty && !draft.conflict) start(() => send(draft.changes, draft.version), t("saved"));
    },
    act: (run, said) => start(() => run(draft.version), said),
    adopt: () => {
      draft.adopt();
      step.reset();
    },
    discard: () => {
      draft.discard();
      step.reset();
    },
  };
}
