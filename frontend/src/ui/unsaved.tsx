import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useBlocker } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

/** The Escape that closes the question reaches the drawer only some moments later. */
const SETTLE_MS = 100;

/**
 * Ask before what was typed is left behind: on another page, on closing the tab, and where one of the search
 * parameters `keys` (the ones that hold the form open) changes. Returns a function that lets the next step pass.
 */
export function useUnsaved(dirty: boolean, keys: readonly string[]): () => void {
  const { t } = useTranslation();
  const passing = useRef(false);
  // Escape closes the question and the drawer below it at once: the drawer's step must not ask again
  const asking = useRef(false);
  useBlocker({
    enableBeforeUnload: () => dirty,
    shouldBlockFn: ({ current, next }) => {
      if (passing.current) {
        passing.current = false;
        return false;
      }
      const [from, to] = [current.search, next.search] as Record<string, unknown>[];
      const leaves = current.pathname !== next.pathname || keys.some((key) => from?.[key] !== to?.[key]);
      if (!dirty || !leaves) return false;
      if (asking.current) return true;
      asking.current = true;
      return new Promise<boolean>((resolve) => {
        const block = (value: boolean): void => {
          resolve(value);
          window.setTimeout(() => {
            asking.current = false;
          }, SETTLE_MS);
        };
        modals.openConfirmModal({
          title: t("unsaved.title"),
          children: <Text size="sm">{t("unsaved.text")}</Text>,
          labels: { confirm: t("unsaved.leave"), cancel: t("unsaved.stay") },
          confirmProps: { color: "red" },
          onConfirm: () => block(false),
          onClose: () => block(true),
          zIndex: 400,
        });
      });
    },
  });
  return () => {
    passing.current = true;
  };
}
