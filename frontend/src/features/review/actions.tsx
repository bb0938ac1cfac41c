import { Button, Group } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowLeft,
  IconArrowRight,
  IconCheck,
  IconPencil,
  IconX,
} from "@tabler/icons-react";
import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/review/review.module.css";
import "@/features/review/texts";
import { Key } from "@/ui/kbd";

export interface Acts {
  success: () => void;
  fail: () => void;
  edit: () => void;
  skip: () => void;
  back: () => void;
  undo: () => void;
}

interface ActionsProps {
  acts: Acts;
  /** There is a text to judge. */
  active: boolean;
  canBack: boolean;
  canUndo: boolean;
}

/** The second click of a double click would judge the next text unread. */
function once(act: () => void): (event: MouseEvent) => void {
  return (event) => {
    if (event.detail < 2) act();
  };
}

export function Actions({ acts, active, canBack, canUndo }: ActionsProps) {
  const { t } = useTranslation("review");
  const icon = { size: 16, stroke: 1.8, "aria-hidden": true };
  return (
    <Group className={classes.actions} role="toolbar" aria-label={t("actions")} gap={8}>
      <Button
        disabled={!active}
        leftSection={<IconCheck {...icon} />}
        rightSection={<Key>1</Key>}
        onClick={once(acts.success)}
      >
        {t("success")}
      </Button>
      <Button
        variant="light"
        color="red"
        disabled={!active}
        leftSection={<IconX {...icon} />}
        rightSection={<Key>2</Key>}
        onClick={once(acts.fail)}
      >
        {t("failure")}
      </Button>
      <Button
        variant="default"
        disabled={!active}
        leftSection={<IconPencil {...icon} />}
        rightSection={<Key>E</Key>}
        onClick={once(acts.edit)}
      >
        {t("edit")}
      </Button>
      <span className={classes.gap} />
      <Button
        variant="subtle"
        color="gray"
        disabled={!canUndo}
        leftSection={<IconArrowBackUp {...icon} />}
        rightSection={<Key>Z</Key>}
        onClick={once(acts.undo)}
      >
        {t("undo")}
      </Button>
      <Button
        variant="subtle"
        color="gray"
        disabled={!canBack}
        leftSection={<IconArrowLeft {...icon} />}
        rightSection={<Key>←</Key>}
        onClick={acts.back}
      >
        {t("back")}
      </Button>
      <Button
        variant="subtle"
        color="gray"
        disabled={!active}
        leftSection={<IconArrowRight {...icon} />}
        rightSection={<Key>→</Key>}
        onClick={once(acts.skip)}
      >
        {t("skip")}
      </Button>
    </Group>
  );
}
