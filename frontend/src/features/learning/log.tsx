import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { RunInFull } from "@/features/learning/queries";
import "@/features/learning/texts";
import classes from "./learning.module.css";

/** Within so many pixels of its end the log is read at its end, and stays there. */
const NEAR_PX = 32;
const CLOCK = new Intl.DateTimeFormat("ru-RU", { timeZone: "Europe/Moscow", timeStyle: "medium" });

/** The end of a run's log; it follows the newest line unless the reader has scrolled back. */
export function Log({ lines }: { lines: RunInFull["log_tail"] }) {
  const { t } = useTranslation("learning");
  const box = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  const newest = lines.at(-1)?.at;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is what moves the view
  useEffect(() => {
    if (box.current && following.current) box.current.scrollTop = box.current.scrollHeight;
  }, [newest, lines.length]);

  if (!lines.length) {
    return (
      <Text size="sm" c="var(--ol-quiet)">
        {t("log.empty")}
      </Text>
    );
  }
  return (
    <section aria-label={t("log.title")}>
      <ol
        ref={box}
        className={classes.log}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
        onScroll={({ currentTarget: at }) => {
          following.current = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_PX;
        }}
      >
        {lines.map((one, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be the same, and lines only come at the end
          <li key={`${one.at}-${place}`}>
            <time dateTime={one.at}>{CLOCK.format(new Date(one.at))}</time>
            <span>{one.line}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
