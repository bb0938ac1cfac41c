import { Group, Progress, Text, VisuallyHidden } from "@mantine/core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { Bar } from "@/features/batches/bar";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { sayLeft, sayRate, saySettled, shareOf } from "@/features/batches/words";
import { formatNumber, formatPercent } from "@/i18n/format";

/** Every so many hundredths the progress is said aloud: each step of it would be a flood. */
const SPOKEN_STEP = 0.25;

/** How far a batch is, how fast it goes and how long it will take. */
export function BatchProgress({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const writing = batch.stage === "write";
  const share = shareOf(batch);
  return (
    <div>
      <Group justify="space-between" gap={4}>
        <Text fw={500}>{say(batch, share, t)}</Text>
        {writing && (
          <Text size="sm" c="var(--ol-quiet)">
            {[sayLeft(batch.eta_s, t), batch.status === "running" && sayRate(batch.rate_per_s, t)]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        )}
      </Group>
      {writing ? <Bar batch={batch} size={8} /> : <Checking going={batch.status === "running"} />}
      {!writing && isGoing(batch) && (
        <Text size="sm" c="var(--ol-quiet)">
          {t(`progress.hint.${batch.status === "queued" ? "queued" : "validate"}`)}
        </Text>
      )}
      <VisuallyHidden role="status">
        {say(batch, Math.floor(share / SPOKEN_STEP) * SPOKEN_STEP, t, true)}
      </VisuallyHidden>
    </div>
  );
}

/** Nobody knows how many rows there are before the last one is read. */
function Checking({ going }: { going: boolean }) {
  return (
    <Progress.Root size={8} my={4}>
      <Progress.Section value={going ? 100 : 0} animated={going} withAria={false} opacity={0.4} />
    </Progress.Root>
  );
}

/** Never rounded up to a whole that is not there yet. */
function sayShare(share: number): string {
  const digits = share < 0.1 ? 1 : 0;
  const steps = 100 * 10 ** digits;
  return formatPercent(Math.floor(share * steps) / steps, digits);
}

function say(batch: Batch, share: number, t: TFunction<"batches">, aloud = false): string {
  const { status, stage, rows } = batch;
  if (status === "queued") return t("progress.waits");
  if (stage === "validate") {
    if (rows && !aloud) return t("progress.read", { count: rows, shown: formatNumber(rows) });
    return t(status === "running" ? "outcome.validate" : "progress.unread");
  }
  if (aloud) return t("progress.share", { share: formatPercent(share) });
  return `${saySettled(batch, t)} · ${sayShare(share)}`;
}
