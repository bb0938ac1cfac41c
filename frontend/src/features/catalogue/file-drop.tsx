import { Button, Text } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import "@/features/catalogue/texts";
import classes from "./catalogue.module.css";

const LARGEST = 2 * 1024 * 1024;

/** A place to drop one xlsx, or to choose it by keyboard; what is no catalogue is told at once. */
export function FileDrop({ choose }: { choose: (file: File) => void }) {
  const { t } = useTranslation("catalogue");
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [wrong, setWrong] = useState("");
  const take = (files: FileList | null) => {
    const [file] = files ?? [];
    if (!file) return;
    if (files && files.length > 1) setWrong(t("import.one"));
    else if (!file.name.toLowerCase().endsWith(".xlsx")) setWrong(t("import.notXlsx", { name: file.name }));
    else if (file.size > LARGEST) setWrong(t("import.tooLarge"));
    else choose(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    // the button inside does the same by keyboard
    // biome-ignore lint/a11y/noStaticElementInteractions: a drop target has no role of its own
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconFileSpreadsheet size={36} stroke={1.4} color="var(--ol-quiet)" aria-hidden />
      <Text fw={500}>{t("import.drop")}</Text>
      <Text size="sm" c="var(--ol-quiet)" maw={520}>
        {t("import.layout")}
      </Text>
      <input
        ref={input}
        type="file"
        accept=".xlsx"
        hidden
        aria-label={t("import.choose")}
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
      <Button variant="default" onClick={() => input.current?.click()}>
        {t("import.choose")}
      </Button>
      {wrong && (
        <Text c="var(--ol-bad)" size="sm" role="alert">
          {wrong}
        </Text>
      )}
    </div>
  );
}
