import { List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Calibration, calibrationQuery } from "@/features/quality/queries";
import { useQualitySearch } from "@/features/quality/search";
import { ShareTable } from "@/features/quality/share-table";
import "@/features/quality/texts";
import { formatNumber } from "@/i18n/format";
import { CalibrationChart, CalibrationWords } from "@/ui/calibration/calibration";
import { binTitle } from "@/ui/calibration/calibration-option";
import "@/ui/calibration/texts";
import { Card } from "@/ui/page";
import { Failed, Loading } from "@/ui/states";

const HEIGHT = 320;

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
  const { t } = useTranslation("calibration");
  const { tables } = useQualitySearch();
  if (!tables) return <CalibrationChart bins={found.bins} height={HEIGHT} />;
  const groups = found.bins.map((bin) => ({
    ...bin,
    name: binTitle(bin, t),
    texts: bin.count,
    labelled: bin.count,
    success: Math.round((bin.rate ?? 0) * bin.count),
  }));
  return <ShareTable caption={t("chart")} head={t("confidence")} groups={groups} />;
}

function InWords({ found }: { found: Calibration }) {
  const { t } = useTranslation("quality");
  const { bins, ece, brier, brier_base } = found;
  if (ece === null || brier === null || brier_base === null) return null;
  const raw = found.labelled - found.calibrated;
  return (
    <List size="sm" spacing={4}>
      <CalibrationWords {...{ bins, ece, brier, brier_base }} />
      {raw > 0 && (
        <List.Item>{t("calibration.raw", { count: raw, total: formatNumber(found.labelled) })}</List.Item>
      )}
    </List>
  );
}
