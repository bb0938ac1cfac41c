import { useEffect, useRef, useState } from "react";
import { newKey } from "@/api/key";
import { Problem } from "@/api/problem";
import { type Draft, optionsOf, wrongFields } from "@/features/batches/draft";
import { useStart } from "@/features/batches/queries";
import { useAddress } from "@/ui/address";
import { useUnsaved } from "@/ui/unsaved";

/** What is typed, what is wrong with it, and the call that begins a batch: one batch however often it is asked for. */
export function useStartForm(initial: Draft, given: File | null = null) {
  const { go } = useAddress();
  const [draft, setDraft] = useState(initial);
  const [untouched] = useState(draft);
  const [file, setFile] = useState(given);
  const [asked, setAsked] = useState<Draft | null>(null);
  const [share, setShare] = useState(0);
  const attempt = useRef({ draft, file, key: "" });
  const stop = useRef<AbortController>(null);
  const pass = useUnsaved(file !== null || draft !== untouched, ["new"]);
  const start = useStart(({ batch_id }) => {
    pass();
    go({ new: undefined, open: batch_id });
  });

  useEffect(() => () => stop.current?.abort(), []);

  const change = (part: Partial<Draft>): void => setDraft((now) => ({ ...now, ...part }));
  const submit = (): void => {
    setAsked(draft);
    if (start.isPending || wrongFields(draft, file).length) return;
    const before = attempt.current;
    const same = before.key && before.draft === draft && before.file === file;
    attempt.current = { draft, file, key: same ? before.key : newKey() };
    stop.current = new AbortController();
    setShare(0);
    start.mutate({
      source: draft.from === "file" && file ? { file } : { table: draft.table.trim() },
      options: optionsOf(draft),
      campaign: draft.campaign.trim(),
      key: attempt.current.key,
      onProgress: setShare,
      signal: stop.current.signal,
    });
  };
  const stopped = start.error instanceof DOMException && start.error.name === "AbortError";
  return {
    draft,
    change,
    file,
    setFile: (chosen: File | null) => {
      start.reset();
      setFile(chosen);
    },
    /** Fields that cannot be sent; nobody is told before they try. */
    wrong: asked ? wrongFields(draft, file) : [],
    /** What the server says is wrong with a field, until it is filled in otherwise. */
    errors: left(fieldErrors(start.error), draft, asked),
    /** The share of the file that has left, 0–1. */
    share,
    pending: start.isPending,
    error: stopped ? null : start.error,
    submit,
    abort: () => stop.current?.abort(),
  };
}

type Errors = Partial<Record<string, string>>;

function left(errors: Errors, draft: Draft, asked: Draft | null): Errors {
  const changed = (name: string): boolean => draft[name as keyof Draft] !== asked?.[name as keyof Draft];
  return Object.fromEntries(Object.entries(errors).filter(([pointer]) => !changed(pointer.slice(1))));
}

export type StartForm = ReturnType<typeof useStartForm>;

/** Where a refusal can be shown beside the field that it is about. */
const FIELDS = ["/file", "/table", "/product", "/channel", "/campaign"];

/** What the API says is wrong with the fields of the form. */
export function fieldErrors(error: unknown): Errors {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries(
    error.errors.filter((one) => FIELDS.includes(one.pointer)).map((one) => [one.pointer, one.detail]),
  );
}
