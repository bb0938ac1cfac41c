import { Group, SegmentedControl, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type FailureReasons, type Reason, reasonsQuery } from "@/features/quality/queries";
import { REASON_GROUPS, useQualitySearch } from "@/features/quality/search";
import { formatShare } from "@/ui/shares";
import "@/features/quality/texts";
import { Card } from "@/ui/page";
import { Failed, Loading } from "@/ui/states";
import classes from "./quality.module.css";

const OF_GROUP = 3;

/** Why texts failed; every reason leads to its texts. */
export function ReasonsCard() {
  const { t } = useTranslation("quality");
  const { filters, reasonsBy, change } = useQualitySearch();
  const found = useQuery(reasonsQuery(reasonsBy, filters));
  return (
    <Card
      title={t("reasons.title")}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("reasons.by")}
          value={reasonsBy ?? "all"}
          onChange={(value) => change({ reasons_by: value === "all" ? undefined : value })}
          data={["all" as const, ...REASON_GROUPS].map((value) => ({ value, label: t(`reasons.${value}`) }))}
        />
      }
    >
      {found.isPending && <Loading />}
      {found.error && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.data && (
        <div className={found.isPlaceholderData ? classes.stale : undefined}>
          <Reasons found={found.data} />
        </div>
      )}
    </Card>
  );
}

function Reasons({ found }: { found: FailureReasons }) {
  const { t } = useTranslation("quality");
  const { reasonsBy } = useQualitySearch();
  if (!found.failures) return <Text size="sm">{t("reasons.none")}</Text>;
  return (
    <Stack gap="sm">
      {reasonsBy && found.groups.length > 0 ? (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          {found.groups.map((group) => (
            <section key={group.key} aria-label={group.name}>
              <Title order={3} size="h6" mb={4}>
                {group.name}{" "}
                <Text span size="sm" c="var(--ol-quiet)" fw={400}>
                  {t("reasons.failures", { count: group.failures })}
                </Text>
              </Title>
              <Bars reasons={group.reasons.slice(0, OF_GROUP)} within={{ [reasonsBy]: group.key }} />
            </section>
          ))}
        </SimpleGrid>
      ) : (
        <Bars reasons={found.reasons} within={{}} />
      )}
      {found.without_reason > 0 && (
        <Text size="xs" c="var(--ol-quiet)">
          {t("reasons.without", { count: found.without_reason })}
        </Text>
      )}
    </Stack>
  );
}

function Bars({ reasons, within }: { reasons: Reason[]; within: Record<string, string> }) {
  const { t } = useTranslation("quality");
  const { filters } = useQualitySearch();
  const [most] = reasons;
  return (
    <div>
      {reasons.map((reason) => (
        <Link
          key={reason.code}
          to="/history"
          search={{ ...filters, ...within, label: "failure", reason: reason.code }}
          className={classes.reason}
          title={t("reasons.open", { reason: reason.words })}
        >
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text size="sm">{reason.words}</Text>
            <Text size="sm" c="var(--ol-quiet)">
              {t("reasons.share", { count: reason.count, share: formatShare(reason.share) })}
            </Text>
          </Group>
          <div className={classes.track}>
            <div
              className={classes.bar}
              style={{ width: `${(100 * reason.count) / (most?.count ?? reason.count)}%` }}
            />
          </div>
        </Link>
      ))}
    </div>
  );
}
