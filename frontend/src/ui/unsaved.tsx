import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useBlocker } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

/** The Escape that closes the question reaches the drawer only some moments later. */
const SETTLE_MS = 100;

/** The forms on screen that hold what is not saved. */
const unsaved = new Set<symbol>();

/** Ends in true where the reader stays. */
function stays(t: TFunction): Promise<boolean> {
  return new Promise((resolve) => {
    modals.openConfirmModal({
      title: t("unsaved.title"),
      children: <Text size="sm">{t("unsaved.text")}</Text>,
      labels: { confirm: t("unsaved.leave"), cancel: t("unsaved.stay") },
      confirmProps: { color: "red" },
      onConfirm: () => resolve(false),
      onClose: () => resolve(true),
      zIndex: 400,
    });
  });
}

/** Ask before what was typed is left behind by a step that the address does not show, such as signing out. */
export function useLeave(): (leave: () => void) => void {
  const { t } = useTranslation();
  return async (leave) => {
    if (unsaved.size === 0 || !(await stays(t))) leave();
  };
}

/** What was typed is given up: the browser need not ask once more. */
export function giveUp(): void {
  unsaved.clear();
}

/**
 * Ask before what was typed is left behind: on another page, on closing the tab, and where one of the search
 * parameters `keys` (the ones that hold the form open) changes. Returns a function that lets the next step pass.
 */
export function useUnsaved(dirty: boolean, keys: readonly string[]): () => void {
  const { t } = useTranslation();
  const passing = useRef(false);
  // Escape closes the question and the drawer below it at once: the drawer's step must not ask again
  const asking = useRef(false);
  const [form] = useState(() => Symbol("form"));
  useEffect(() => {
    if (!dirty) return;
    unsaved.add(form);
    return () => void unsaved.delete(form);
  }, [dirty, form]);
  useBlocker({
    enableBeforeUnload: () => unsaved.has(form),
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
      return stays(t).finally(() => {
        window.setTimeout(() => {
          asking.current = false;
        }, SETTLE_MS);
      });
    },
  });
  return () => {
    passing.current = true;
  };
}
