import { Group, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { UsedVersion } from "@/features/quality/queries";
import { formatInterval, formatPoints, formatShare } from "@/ui/shares";
import "@/features/quality/texts";
import { formatMoment, formatNumber } from "@/i18n/format";
import { Card } from "@/ui/page";
import { ToneBadge } from "@/ui/tone-badge";
import classes from "./quality.module.css";

const HEADS = ["table.texts", "table.labelled", "table.rate", "table.interval"] as const;

/** The last versions and what each changed against the one that it took over from. */
export function VersionsCard({ versions }: { versions: UsedVersion[] }) {
  const { t } = useTranslation("quality");
  return (
    <Card title={t("versions.title")}>
      <Text size="sm" c="var(--ol-quiet)" mb="xs">
        {t("versions.hint")}
      </Text>
      <Table.ScrollContainer minWidth={720}>
        <Table aria-label={t("versions.title")} verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("versions.version")}</Table.Th>
              <Table.Th scope="col">{t("versions.since")}</Table.Th>
              {HEADS.map((head) => (
                <Table.Th key={head} scope="col" className={classes.number}>
                  {t(head)}
                </Table.Th>
              ))}
              <Table.Th scope="col">{t("versions.change")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {versions.map((one) => (
              <Table.Tr key={one.model_version}>
                <Table.Th scope="row" fw={500}>
                  {one.model_version}
                </Table.Th>
                <Table.Td>{formatMoment(one.first_used)}</Table.Td>
                <Table.Td className={classes.number}>{formatNumber(one.texts)}</Table.Td>
                <Table.Td className={classes.number}>{formatNumber(one.labelled)}</Table.Td>
                <Table.Td className={classes.number}>{formatShare(one.rate)}</Table.Td>
                <Table.Td className={classes.number}>{formatInterval(one)}</Table.Td>
                <Table.Td>
                  <Change change={one.change} first={one.former === null} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function Change({ change, first }: { change: UsedVersion["change"]; first: boolean }) {
  const { t } = useTranslation("quality");
  if (!change) {
    return (
      <Text size="sm" c="var(--ol-quiet)">
        {t(first ? "versions.first" : "versions.unknown")}
      </Text>
    );
  }
  const verdict = change.low > 0 ? "better" : change.high < 0 ? "worse" : "same";
  const tone = ({ better: "good", worse: "bad", same: "quiet" } as const)[verdict];
  const points = {
    against: change.against,
    difference: formatPoints(change.difference),
    low: formatPoints(change.low),
    high: formatPoints(change.high),
  };
  return (
    <Group gap="xs" wrap="nowrap">
      <ToneBadge tone={tone}>{t(`versions.${verdict}`)}</ToneBadge>
      <Text size="sm" style={{ whiteSpace: "nowrap" }}>
        {t("versions.points", points)}
      </Text>
    </Group>
  );
}
