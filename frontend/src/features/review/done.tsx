import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFilters, useSetFilters } from "@/features/review/filters";
import "@/features/review/texts";
import { Empty } from "@/ui/states";

/** Nothing is left to judge, and what to do then. */
export function Done({ skipped, again }: { skipped: number; again: () => void }) {
  const { t } = useTranslation("review");
  const { product, channel } = useFilters();
  const set = useSetFilters();
  return (
    <Empty
      title={t("doneTitle")}
      hint={skipped ? t("doneSkipped", { count: skipped }) : t("doneHint")}
      action={
        <Group gap={8} mt="sm">
          <Button onClick={again}>{t("checkAgain")}</Button>
          {(product || channel) && (
            <Button variant="default" onClick={() => set({ product: undefined, channel: undefined })}>
              {t("resetFilters")}
            </Button>
          )}
        </Group>
      }
    />
  );
}
