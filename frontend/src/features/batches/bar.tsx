import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { nameOf, shareOf } from "@/features/batches/words";
import { formatNumber } from "@/i18n/format";

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
        aria-label={t("progress.name", { name: nameOf(batch) })}
        aria-valuenow={Math.round(100 * shareOf(batch))}
        aria-valuetext={t("progress.of", {
          done: formatNumber(done),
          total: formatNumber(total),
          count: total,
        })}
      />
      <Progress.Section value={of(failed)} color="var(--ol-bad)" withAria={false} />
    </Progress.Root>
  );
}
