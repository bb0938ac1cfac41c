import { Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "@/features/review/review.module.css";
import "@/features/review/texts";
import { Key } from "@/ui/kbd";

/** All keys of the page. */
export function CheatSheet({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("review");
  const onPage = [
    ["1", t("success")],
    ["2", t("failure")],
    ["E", t("edit")],
    ["→", t("skip")],
    ["←", t("back")],
    ["Z", t("undo")],
    ["?", t("keys")],
  ];
  const inPanel = [
    ["1 … 9, 0", t("sheet.reasons")],
    ["E", t("sheet.write")],
    ["Ctrl ↵", t("sheet.send")],
    ["Esc", t("sheet.close")],
  ];
  return (
    <Modal opened={opened} onClose={onClose} title={t("sheet.title")} size="sm" centered>
      <Stack gap="sm">
        <Keys rows={onPage} />
        <Text size="sm" fw={600}>
          {t("sheet.inPanel")}
        </Text>
        <Keys rows={inPanel} />
        <Text size="xs" c="var(--ol-quiet)">
          {t("sheet.hint")}
        </Text>
      </Stack>
    </Modal>
  );
}

function Keys({ rows }: { rows: string[][] }) {
  return (
    <dl className={classes.keys}>
      {rows.map(([key, words]) => (
        <div key={key}>
          <dt>
            <Key>{key ?? ""}</Key>
          </dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}
