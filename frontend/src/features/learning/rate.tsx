import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { versionRatesQuery } from "@/features/learning/queries";
import "@/features/learning/texts";
import { formatNumber } from "@/i18n/format";
import { formatInterval, formatShare } from "@/ui/shares";

/** The success rate of a version with its interval and the labels it stands on. */
export function Rate({ version }: { version: string }) {
  const { t } = useTranslation("learning");
  const rates = useQuery(versionRatesQuery);
  const counted = rates.data?.get(version);
  if (!counted || counted.rate === null) {
    return (
      <Text span size="sm" c="var(--ol-quiet)">
        {rates.data ? t("rate.none") : "—"}
      </Text>
    );
  }
  return (
    <>
      <Text span fw={600}>
        {formatShare(counted.rate)}
      </Text>{" "}
      <Text span size="sm" c="var(--ol-quiet)">
        {formatInterval(counted)},{" "}
        {t("rate.labels", { count: counted.labelled, shown: formatNumber(counted.labelled) })}
      </Text>
    </>
  );
}
