import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { nameOf, saySettled, shareOf } from "@/features/batches/words";

/** Clients with a text and, behind them, those without one. */
export function Bar({ batch, size }: { batch: Batch; size: number }) {
  const { t } = useTranslation("batches");
  const { done, failed, total } = batch;
  const of = (count: number): number => (total ? (100 * count) / total : 0);
  return (
    <Progress.Root size={size} my={4}>
      <Progress.Section
        value={of(done)}
        animated={isGoing(batch)}
        withAria={false} // its own is of the first section alone
        role="progressbar"
        aria-label={t("progress.name", { name: nameOf(batch) })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * shareOf(batch))}
        aria-valuetext={saySettled(batch, t)}
      />
      <Progress.Section value={of(failed)} color="var(--ol-bad)" withAria={false} />
    </Progress.Root>
  );
}
