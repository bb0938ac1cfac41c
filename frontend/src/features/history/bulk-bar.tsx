import { Button, Group, Paper, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BulkDialog } from "@/features/history/bulk-dialog";
import { MOST_AT_ONCE } from "@/features/history/queries";
import type { Selection } from "@/features/history/selection";
import { formatNumber } from "@/i18n/format";
import classes from "./history.module.css";
import "@/features/history/texts";

interface BulkBarProps {
  selection: Selection;
  loaded: number;
  total: number;
}

/** What can be done with the selected rows; it says so when not all of them fit into one step. */
export function BulkBar({ selection, loaded, total }: BulkBarProps) {
  const { t } = useTranslation("history");
  const [label, setLabel] = useState<"success" | "failure" | null>(null);
  const count = Math.min(selection.matching ? total : selection.ids.size, MOST_AT_ONCE);
  if (count === 0) return null;
  const tooMany = (selection.matching ? total : selection.ids.size) > MOST_AT_ONCE;
  const further = !selection.matching && total > loaded;
  const most = formatNumber(MOST_AT_ONCE);
  return (
    <Paper
      className={classes.bar}
      role="region"
      aria-label={t("selected", { count, shown: formatNumber(count) })}
    >
      <Group gap="sm">
        <Text fw={500} aria-live="polite">
          {t("selected", { count, shown: formatNumber(count) })}
        </Text>
        {further && (
          <Button size="xs" variant="subtle" onClick={selection.selectMatching}>
            {total > MOST_AT_ONCE
              ? t("selectFirst", { shown: most })
              : t("selectMatching", { shown: formatNumber(total) })}
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          leftSection={<IconCheck size={16} color="var(--ol-good)" />}
          onClick={() => setLabel("success")}
        >
          {t("common:label.success")}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconX size={16} color="var(--ol-bad)" />}
          onClick={() => setLabel("failure")}
        >
          {t("common:label.failure")}
        </Button>
        <Button size="xs" variant="subtle" color="gray" onClick={selection.clear}>
          {t("clear")}
        </Button>
      </Group>
      {tooMany && (
        <Text size="xs" c="var(--ol-quiet)" mt={4}>
          {t("mostAtOnce", { shown: most })}
        </Text>
      )}
      {label && (
        <BulkDialog label={label} count={count} selection={selection} onClose={() => setLabel(null)} />
      )}
    </Paper>
  );
}
