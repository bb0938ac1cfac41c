import { Button, Text } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./file-drop.module.css";

interface FileDropProps {
  title: string;
  hint: string;
  /** Endings of the files, as an input takes them: ".csv,.xlsx". */
  accept: string;
  /** What is wrong with a file, if anything. */
  check: (file: File) => string | undefined | Promise<string | undefined>;
  choose: (file: File) => void;
}

/** A place to drop one file, or to choose it by keyboard; what cannot be taken is told at once. */
export function FileDrop({ title, hint, accept, check, choose }: FileDropProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const take = async (files: readonly File[]): Promise<void> => {
    const [file] = files;
    if (!file) return;
    const found = files.length > 1 ? t("file.one") : await check(file);
    setWrong(found);
    if (!found) choose(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void take([...event.dataTransfer.files]);
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
      <Text fw={500}>{title}</Text>
      <Text size="sm" c="var(--ol-quiet)" maw={520}>
        {hint}
      </Text>
      <input
        ref={input}
        type="file"
        accept={accept}
        hidden
        aria-label={t("file.choose")}
        onChange={(event) => {
          void take([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <Button variant="default" onClick={() => input.current?.click()}>
        {t("file.choose")}
      </Button>
      {wrong && (
        <Text c="var(--ol-bad)" size="sm" role="alert">
          {wrong}
        </Text>
      )}
    </div>
  );
}
