import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import "@/features/learning/texts";
import { formatNumber } from "@/i18n/format";
import { formatInterval, formatShare, type Share } from "@/ui/shares";

interface RateProps {
  counted: (Share & { labelled: number }) | undefined;
}

/** A success rate with its interval and the labels it stands on. */
export function Rate({ counted }: RateProps) {
  const { t } = useTranslation("learning");
  if (!counted || counted.rate === null) {
    return (
      <Text span size="sm" c="var(--ol-quiet)">
        {t("rate.none")}
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
