import { Group, Progress, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatPercent } from "@/i18n/format";

/** How sure the model is; an uncalibrated number is drawn paler and says so. */
export function Confidence({ value, calibrated }: { value: number | null; calibrated: boolean }) {
  const { t } = useTranslation();
  if (value === null) return <Text c="var(--ol-quiet)">—</Text>;
  const color = value >= 0.7 ? "var(--ol-good)" : value >= 0.4 ? "var(--ol-warn)" : "var(--ol-bad)";
  return (
    <Tooltip label={calibrated ? t("confidence") : t("confidenceRaw")} multiline maw={280}>
      <Group
        gap={8}
        wrap="nowrap"
        opacity={calibrated ? 1 : 0.75}
        aria-label={`${t("confidence")}: ${formatPercent(value)}`}
      >
        <Progress value={value * 100} color={color} w={48} size="sm" aria-hidden />
        <Text size="sm" fw={500}>
          {formatPercent(value)}
        </Text>
      </Group>
    </Tooltip>
  );
}
