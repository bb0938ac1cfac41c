import { useTranslation } from "react-i18next";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { formatNumber } from "@/i18n/format";
import classes from "./batches.module.css";

const TONES = { rows: undefined, problems: "warn", done: "good", failed: "bad" } as const;

/** What became of the rows: each is a text, a client without one, or wrong. */
export function Counts({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const names = batch.error
    ? (["rows", "problems"] as const)
    : (["rows", "problems", "done", "failed"] as const);
  if (!batch.rows) return null;
  return (
    <dl className={classes.counts}>
      {names.map((name) => (
        <div key={name}>
          <dt>{t(`counts.${name}`)}</dt>
          <dd data-tone={batch[name] ? TONES[name] : undefined}>{formatNumber(batch[name])}</dd>
        </div>
      ))}
    </dl>
  );
}
