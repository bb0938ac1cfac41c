import { List, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/i18n/format";
import { type Bin, calibrationOption } from "@/ui/calibration/calibration-option";
import "@/ui/calibration/texts";
import { Chart } from "@/ui/chart";
import { formatShare } from "@/ui/shares";

/** Closer than this, high and low are the same to a reader. */
const EVEN = 0.02;

/** Confidence against what came of it. */
export function CalibrationChart({ bins, height }: { bins: readonly Bin[]; height: number }) {
  const { t } = useTranslation("calibration");
  const option = useMemo(() => calibrationOption(bins, t), [bins, t]);
  return (
    <>
      <Chart label={t("chart")} height={height} option={option} />
      <Text size="xs" c="var(--ol-quiet)">
        {t("legend")}
      </Text>
    </>
  );
}

interface Errors {
  bins: readonly Bin[];
  ece: number;
  brier: number;
  brier_base: number;
}

function mean(bins: readonly Bin[], value: "confidence" | "rate"): number {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  return bins.reduce((sum, bin) => sum + bin.count * (bin[value] ?? 0), 0) / total;
}

/** What follows from the picture, as items of a list. */
export function CalibrationWords({ bins, ece, brier, brier_base }: Errors) {
  const { t } = useTranslation("calibration");
  const [confidence, rate] = [mean(bins, "confidence"), mean(bins, "rate")];
  const leaning = Math.abs(confidence - rate) < EVEN ? "even" : confidence > rate ? "over" : "under";
  return (
    <>
      <List.Item>
        {t("ece", { points: formatNumber(ece * 100), ece: formatNumber(ece, 3) })}{" "}
        {t(leaning, { confidence: formatShare(confidence), rate: formatShare(rate) })}
      </List.Item>
      <List.Item>
        {t(brier < brier_base ? "better" : "worse", {
          brier: formatNumber(brier, 3),
          base: formatNumber(brier_base, 3),
        })}
      </List.Item>
    </>
  );
}
