import { List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { binTitle, calibrationOption } from "@/features/quality/calibration-option";
import { formatShare } from "@/features/quality/numbers";
import { type Calibration, calibrationQuery } from "@/features/quality/queries";
import { useQualitySearch } from "@/features/quality/search";
import { ShareTable } from "@/features/quality/share-table";
import "@/features/quality/texts";
import { formatNumber } from "@/i18n/format";
import { Chart } from "@/ui/chart";
import { Card } from "@/ui/page";
import { Failed, Loading } from "@/ui/states";

const HEIGHT = 320;
/** Closer than this, high and low are the same to a reader. */
const EVEN = 0.02;

/** Whether the confidence keeps what it promises: the picture and what follows from it in words. */
export function CalibrationCard() {
  const { t } = useTranslation("quality");
  const { filters } = useQualitySearch();
  const found = useQuery(calibrationQuery(filters));
  return (
    <Card title={t("calibration.title")}>
      {found.isPending && <Loading height={HEIGHT} />}
      {found.error && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.data?.labelled === 0 && <Text size="sm">{t("calibration.none")}</Text>}
      {found.data && found.data.labelled > 0 && (
        <Stack gap="sm">
          <Picture found={found.data} />
          <InWords found={found.data} />
        </Stack>
      )}
    </Card>
  );
}

function Picture({ found }: { found: Calibration }) {
  const { t } = useTranslation("quality");
  const { tables } = useQualitySearch();
  const option = useMemo(() => calibrationOption(found.bins, t), [found.bins, t]);
  if (tables) {
    const groups = found.bins.map((bin) => ({
      ...bin,
      name: binTitle(bin, t),
      texts: bin.count,
      labelled: bin.count,
      success: Math.round((bin.rate ?? 0) * bin.count),
    }));
    return <ShareTable caption={t("calibration.chart")} head={t("calibration.confidence")} groups={groups} />;
  }
  return (
    <>
      <Chart label={t("calibration.chart")} height={HEIGHT} option={option} />
      <Text size="xs" c="var(--ol-quiet)">
        {t("calibration.legend")}
      </Text>
    </>
  );
}

function mean(found: Calibration, value: "confidence" | "rate"): number {
  return found.bins.reduce((sum, bin) => sum + bin.count * (bin[value] ?? 0), 0) / found.labelled;
}

function InWords({ found }: { found: Calibration }) {
  const { t } = useTranslation("quality");
  if (found.ece === null || found.brier === null || found.brier_base === null) return null;
  const [confidence, rate] = [mean(found, "confidence"), mean(found, "rate")];
  const leaning = Math.abs(confidence - rate) < EVEN ? "even" : confidence > rate ? "over" : "under";
  const raw = found.labelled - found.calibrated;
  return (
    <List size="sm" spacing={4}>
      <List.Item>
        {t("calibration.ece", { points: formatNumber(found.ece * 100), ece: formatNumber(found.ece, 3) })}{" "}
        {t(`calibration.${leaning}`, { confidence: formatShare(confidence), rate: formatShare(rate) })}
      </List.Item>
      <List.Item>
        {t(found.brier < found.brier_base ? "calibration.better" : "calibration.worse", {
          brier: formatNumber(found.brier, 3),
          base: formatNumber(found.brier_base, 3),
        })}
      </List.Item>
      {raw > 0 && (
        <List.Item>{t("calibration.raw", { count: raw, total: formatNumber(found.labelled) })}</List.Item>
      )}
    </List>
  );
}
