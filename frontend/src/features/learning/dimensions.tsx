import { Box, Table, Text, Title } from "@mantine/core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { type Dimension, inRussian, isShare } from "@/features/learning/report";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { formatNumber, formatPercent } from "@/i18n/format";
import { formatPoints } from "@/ui/shares";
import { ToneBadge } from "@/ui/tone-badge";
import classes from "./learning.module.css";

const TONES = { better: "good", same: "quiet", worse: "bad", unknown: "warn" } as const;
const DIGITS: Partial<Record<Dimension["name"], number>> = { likelihood: 3, calibration: 3, latency: 1 };

/** Both versions in every measure, with what the difference means. */
export function Dimensions({ dimensions }: { dimensions: Dimension[] }) {
  const { t } = useTranslation("learning");
  return (
    <div>
      <Title order={4} size="h6" mb={8}>
        {t("dimensions.title")}
      </Title>
      <Table verticalSpacing={8} aria-label={t("dimensions.title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("dimensions.name")}</Table.Th>
            <Table.Th scope="col" className={classes.number}>
              {t("champion")}
            </Table.Th>
            <Table.Th scope="col" className={classes.number}>
              {t("challenger")}
            </Table.Th>
            <Table.Th scope="col" className={classes.number} visibleFrom="sm">
              {t("dimensions.difference")}
            </Table.Th>
            <Table.Th scope="col" visibleFrom="sm">
              {t("dimensions.verdict")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {dimensions.map((one) => (
            <Row key={one.name} one={one} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ one }: { one: Dimension }) {
  const { t } = useTranslation("learning");
  const verdict = <ToneBadge tone={TONES[one.verdict]}>{t(`dimensions.${one.verdict}`)}</ToneBadge>;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {t(`dimension.${one.name}`)}
        {(one.champion === null || one.challenger === null) && (
          <Text size="xs" c="var(--ol-quiet)" fw={400}>
            {inRussian(one.words)}
          </Text>
        )}
        <Box hiddenFrom="sm" mt={2}>
          {verdict}
        </Box>
      </Table.Th>
      <Table.Td className={classes.number}>{value(one, one.champion)}</Table.Td>
      <Table.Td className={classes.number} fw={600}>
        {value(one, one.challenger)}
      </Table.Td>
      <Table.Td className={classes.number} visibleFrom="sm">
        {difference(one, t)}
      </Table.Td>
      <Table.Td visibleFrom="sm">{verdict}</Table.Td>
    </Table.Tr>
  );
}

function value({ name }: Dimension, measured: number | null): string {
  if (measured === null) return "—";
  return isShare(name) ? formatPercent(measured, 1) : formatNumber(measured, DIGITS[name]);
}

/** What the challenger has more, in percentage points where it is a share, with its interval where there is one. */
function difference(one: Dimension, t: TFunction<"learning">): string {
  if (one.champion === null || one.challenger === null) return "—";
  const shown = (end: number): string =>
    isShare(one.name) ? formatPoints(end, 1) : signed(end, DIGITS[one.name]);
  const points = t(isShare(one.name) ? "dimensions.points" : "dimensions.plain", {
    difference: shown(one.challenger - one.champion),
  });
  if (one.low === null || one.high === null) return points;
  return `${points} ${t("dimensions.between", { low: shown(one.low), high: shown(one.high) })}`;
}

function signed(difference: number, digits = 0): string {
  const shown = formatNumber(Math.abs(difference), digits);
  if (Number(difference.toFixed(digits)) === 0) return shown;
  return `${difference > 0 ? "+" : "−"}${shown}`;
}
