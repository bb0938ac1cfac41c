import { Group, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Batch } from "@/features/batches/queries";
import "@/features/batches/texts";
import { sayRate } from "@/features/batches/words";
import { formatMoment } from "@/i18n/format";
import { Copy } from "@/ui/copy";
import { FactsList } from "@/ui/facts-list";

/** How it was asked for, by whom and when. */
export function Particulars({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const { options } = batch;
  const moment = (at: string | null): string => (at ? formatMoment(at) : "");
  return (
    <section>
      <Title order={4} size="h5" mb={4}>
        {t("particulars")}
      </Title>
      <FactsList
        items={[
          [t("options:tone"), t(`common:tone.${options.tone}`, { defaultValue: options.tone })],
          [t("options:conditions"), t(`options:conditionsKind.${options.conditions}`)],
          [t("options:variants"), options.variants],
          [t("campaign"), batch.campaign ?? ""],
          [t("author"), batch.author],
          [t("created"), moment(batch.created_at)],
          [t("finished"), moment(batch.finished_at)],
          [t("average"), batch.status === "done" ? sayRate(batch.rate_per_s, t) : ""],
          [
            t("id"),
            <Group key="id" gap={4} wrap="nowrap" justify="flex-end">
              {batch.batch_id}
              <Copy text={batch.batch_id} compact />
            </Group>,
          ],
        ]}
      />
    </section>
  );
}
