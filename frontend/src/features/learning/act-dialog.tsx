import { Alert, Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import "@/features/learning/texts";
import { useProblemText } from "@/ui/states";

const LONGEST = 1000;

interface ActDialogProps {
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** The name of the field for a word of one's own, which nobody has to fill in. */
  word: string;
  act: string;
  danger?: boolean;
  blocked?: boolean;
  error: unknown;
  pending: boolean;
  onAct: (word: string) => void;
  onClose: () => void;
}

/** Asks before something is put to work or ended, and says in place why it was refused. */
export function ActDialog({ title, children, word, act, onAct, onClose, ...state }: ActDialogProps) {
  const { t } = useTranslation();
  const say = useProblemText();
  const [words, setWords] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!state.pending && !state.blocked) onAct(words.trim());
  };
  // a refusal has to find its place, and the word that was typed stays with it
  const close = (): void => {
    if (!state.pending) onClose();
  };
  return (
    <Modal opened onClose={close} title={title} size={480} centered>
      <form onSubmit={submit}>
        <Stack gap="md">
          {children}
          <Textarea
            label={word}
            value={words}
            maxLength={LONGEST}
            autosize
            minRows={2}
            maxRows={6}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
          {Boolean(state.error) && (
            <Alert color="red" variant="light" role="alert">
              {say(state.error)}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={state.pending}>
              {t("act.cancel")}
            </Button>
            <Button
              type="submit"
              color={state.danger ? "red" : undefined}
              disabled={state.blocked}
              loading={state.pending}
            >
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
