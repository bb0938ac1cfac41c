import { Alert, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { VersionBadge } from "@/features/learning/badges";
import { difference } from "@/features/learning/difference";
import { Opens } from "@/features/learning/opens";
import { comparedRatesQuery, type Version, type Versions } from "@/features/learning/queries";
import { Rate } from "@/features/learning/rate";
import { useEngineer } from "@/features/learning/roles";
import { RollbackButton } from "@/features/learning/rollback-button";
import "@/features/learning/texts";
import { formatMoment, formatPercent } from "@/i18n/format";
import { Card } from "@/ui/page";
import { formatPoints } from "@/ui/shares";
import classes from "./learning.module.css";

/** What writes the texts now, and how the canary does against the champion. */
export function ServingCard({ versions }: { versions: Versions }) {
  const { t } = useTranslation("learning");
  const engineer = useEngineer();
  const { serving, items } = versions;
  const champion = items.find((one) => one.name === serving.champion);
  const canary = items.find((one) => one.name === serving.canary);
  return (
    <Card title={t("serving.title")} actions={engineer && <RollbackButton serving={serving} />}>
      <Stack gap="md">
        {serving.problem && (
          <Alert color="red" variant="light" role="alert">
            {serving.problem}
          </Alert>
        )}
        {canary && <Shares canary={canary.share} />}
        {!champion && !canary && <Text size="sm">{t("serving.nothing")}</Text>}
        <div className={classes.both}>
          {champion && <Serves version={champion} />}
          {canary && (
            <div>
              <Serves version={canary} />
              {champion && canary.promoted_at && (
                <Against champion={champion.name} canary={canary.name} since={canary.promoted_at} />
              )}
            </div>
          )}
        </div>
      </Stack>
    </Card>
  );
}

/** The calls as a bar: the champion's part and the canary's. */
function Shares({ canary }: { canary: number }) {
  return (
    <div className={classes.shares} aria-hidden>
      <div style={{ flexGrow: 1 - canary }} />
      <div data-canary style={{ flexGrow: canary }} />
    </div>
  );
}

function Serves({ version }: { version: Version }) {
  const { t } = useTranslation("learning");
  return (
    <div>
      <Group gap="xs" align="baseline">
        <Opens
          version={version.name}
          className={classes.serving}
          data-canary={version.status === "canary" || undefined}
        >
          {version.name}
        </Opens>
        <VersionBadge status={version.status} />
        <Text size="sm" c="var(--ol-quiet)">
          {t("serving.share", { share: formatPercent(version.share) })}
        </Text>
      </Group>
      <dl className={classes.pairs}>
        <div>
          <dt>{t("serving.since")}</dt>
          <dd>{version.promoted_at ? formatMoment(version.promoted_at) : "—"}</dd>
        </div>
        <div>
          <dt>{t("serving.rate")}</dt>
          <dd>
            <Rate version={version.name} />
          </dd>
        </div>
        <div>
          <dt>{t("serving.confidence")}</dt>
          <dd>{t(version.learned_score ? "serving.calibrated" : "serving.raw")}</dd>
        </div>
      </dl>
    </div>
  );
}

function Against({ champion, canary, since }: { champion: string; canary: string; since: string }) {
  const { t } = useTranslation("learning");
  const rates = useQuery(comparedRatesQuery(since));
  const found = difference(rates.data?.get(champion), rates.data?.get(canary));
  if (!rates.data) return null;
  if (!found) return <Text size="sm">{t("against.unknown")}</Text>;
  const points = {
    points: formatPoints(found.points),
    low: formatPoints(found.low),
    high: formatPoints(found.high),
  };
  return (
    <Text size="sm" className={classes.verdict}>
      <span className={classes.word} data-verdict={found.verdict}>
        {t(`against.${found.verdict}`)}
      </span>{" "}
      {t("against.points", points)}
    </Text>
  );
}
