import type { TFunction } from "i18next";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { formatDuration, formatNumber } from "@/i18n/format";
import type { Names } from "@/ui/catalogue";
import { AUTO } from "@/ui/options/options";

export type Say = TFunction<"batches">;

/** The file or the table, as the user called it. */
export function nameOf(batch: Batch): string {
  return batch.source.file ?? batch.source.table ?? batch.batch_id;
}

/** "Дебетовая карта · СМС" */
export function whatOf({ options }: Batch, names: Names, t: Say): string {
  const product = options.product === AUTO ? t("options:auto") : names.product(options.product);
  return `${product} · ${names.channel(options.channel)}`;
}

/** Clients that are settled, with a text or without, as a share of all. */
export function shareOf({ done, failed, total }: Batch): number {
  return total ? (done + failed) / total : 0;
}

/** "640 из 12 000 клиентов" */
export function saySettled({ done, failed, total }: Batch, t: Say): string {
  return t("progress.of", { done: formatNumber(done + failed), total: formatNumber(total), count: total });
}

/** Slow work is told per minute: "0,2 в секунду" says little. */
export function sayRate(perSecond: number | null, t: Say): string | undefined {
  if (!perSecond) return undefined;
  return perSecond < 1
    ? t("rate.minute", { shown: formatNumber(perSecond * 60) })
    : t("rate.second", { shown: formatNumber(perSecond, perSecond < 10 ? 1 : 0) });
}

export function sayLeft(seconds: number | null, t: Say): string | undefined {
  if (seconds === null) return undefined;
  return seconds < 60 ? t("left.soon") : t("left.about", { time: formatDuration(seconds) });
}

/** How fast a batch goes and how long it will; nothing before that is known. */
export function sayPace(batch: Batch, t: Say): string {
  return [sayRate(batch.rate_per_s, t), sayLeft(batch.eta_s, t)].filter(Boolean).join(" · ");
}

/** Of several wrong rows and clients, in words; nothing where there are none. */
export function sayCount(t: Say, key: "failed" | "problems", count: number): string | undefined {
  return count ? t(`count.${key}`, { count, shown: formatNumber(count) }) : undefined;
}
