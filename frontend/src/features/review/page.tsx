import { Button, VisuallyHidden } from "@mantine/core";
import { IconKeyboard } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Actions, type Acts } from "@/features/review/actions";
import { Agreement } from "@/features/review/agreement";
import { CheatSheet } from "@/features/review/cheat-sheet";
import { Done } from "@/features/review/done";
import { Failure } from "@/features/review/failure";
import { FiltersBar, useFilters } from "@/features/review/filters";
import { DayProgress } from "@/features/review/progress";
import type { Verdict } from "@/features/review/queries";
import classes from "@/features/review/review.module.css";
import { current, type Entry, recent } from "@/features/review/sitting";
import { Strip } from "@/features/review/strip";
import { Subject } from "@/features/review/subject";
import "@/features/review/texts";
import { Troubles } from "@/features/review/troubles";
import { failureOf, useDrafts } from "@/features/review/use-drafts";
import { useSitting } from "@/features/review/use-sitting";
import { useHotkeys } from "@/ui/hotkeys";
import { Key } from "@/ui/kbd";
import { Page } from "@/ui/page";
import { Failed, Loading } from "@/ui/states";
import { useUnsaved } from "@/ui/unsaved";

const STRIP = 10;
const GOOD: Verdict = { label: "success", reasons: [], comment: "", corrected: null };

interface Panel {
  id: string;
  startIn: "reasons" | "text";
}

/** The review queue: one text on screen, one key for a verdict, the next text at once. */
export function ReviewPage() {
  const { t } = useTranslation(["review", "common"]);
  const filters = useFilters();
  const sitting = useSitting(filters);
  const { state, act } = sitting;
  const drafts = useDrafts();
  const [panel, setPanel] = useState<Panel | null>(null);
  const [help, setHelp] = useState(false);
  const [said, setSaid] = useState("");
  const { conflicts } = useSearch({ from: "/inside/review" });
  const navigate = useNavigate({ from: "/review" });
  const entry = current(state);
  const open = panel !== null && panel.id === entry?.item.offer_id ? panel : null;
  const all = Object.values(state.entries);
  useUnsaved(drafts.dirty || all.some((one) => one.saving === "failed" || one.saving === "overtaken"), []);

  const decide = (on: Entry, verdict: Verdict): void => {
    act({ type: "decide", id: on.item.offer_id, verdict });
    drafts.drop(on);
    setPanel(null);
    setSaid(t("said", { label: t(`common:label.${verdict.label}`) }));
  };
  const openPanel = (on: Entry, startIn: Panel["startIn"]): void =>
    setPanel({ id: on.item.offer_id, startIn });
  const acts: Acts = {
    success: () => entry && decide(entry, GOOD),
    fail: () => entry && openPanel(entry, "reasons"),
    edit: () => entry && openPanel(entry, "text"),
    skip: () => act({ type: "skip" }),
    back: () => act({ type: "back" }),
    undo: () => act({ type: "undo" }),
  };
  const showHelp = (): void => setHelp(true);
  useHotkeys(
    {
      Digit1: acts.success,
      Numpad1: acts.success,
      Digit2: acts.fail,
      Numpad2: acts.fail,
      KeyE: acts.edit,
      ArrowRight: acts.skip,
      ArrowLeft: acts.back,
      KeyZ: acts.undo,
      Slash: showHelp,
      // the question mark of the Russian layout
      Digit7: showHelp,
    },
    open === null,
  );
  const showConflicts = (shown: boolean): void =>
    void navigate({ search: (former) => ({ ...former, conflicts: shown ? "1" : undefined }), replace: true });

  return (
    <Page title={t("title")} actions={<FiltersBar />}>
      <DayProgress onAgreement={() => showConflicts(true)} />
      <Troubles
        entries={all}
        act={act}
        onOpen={(one) => {
          act({ type: "go", id: one.item.offer_id });
          openPanel(one, "text");
        }}
      />
      {entry ? (
        <Subject key={entry.item.offer_id} entry={entry} />
      ) : sitting.error ? (
        <Failed error={sitting.error} retry={sitting.retry} />
      ) : sitting.loading ? (
        <Loading />
      ) : (
        <Done skipped={all.filter((one) => one.skipped).length} again={sitting.again} />
      )}
      {entry && open && (
        <Failure
          key={`${open.id}-${open.startIn}`}
          item={entry.item}
          draft={drafts.of(entry)}
          startIn={open.startIn}
          problem={entry.problem}
          onChange={(draft) => drafts.keep(entry, draft)}
          onSend={() => decide(entry, failureOf(drafts.of(entry), entry.item.text))}
          onClose={() => setPanel(null)}
        />
      )}
      <footer className={classes.footer}>
        <div className={classes.foot}>
          <Strip entries={recent(state, STRIP)} onOpen={(id) => act({ type: "go", id })} />
          <Button
            h={32}
            variant="subtle"
            color="gray"
            leftSection={<IconKeyboard size={16} aria-hidden />}
            rightSection={<Key>?</Key>}
            onClick={showHelp}
          >
            {t("keys")}
          </Button>
        </div>
        {!open && (
          <Actions
            acts={acts}
            active={entry !== undefined}
            canBack={state.at > 0}
            canUndo={state.steps.length > 0}
          />
        )}
      </footer>
      <VisuallyHidden role="status">{said}</VisuallyHidden>
      <CheatSheet opened={help} onClose={() => setHelp(false)} />
      <Agreement opened={conflicts === "1"} onClose={() => showConflicts(false)} />
    </Page>
  );
}
