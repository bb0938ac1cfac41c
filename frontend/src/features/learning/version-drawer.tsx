import { Anchor, Divider, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useAddress } from "@/features/learning/address";
import { VersionBadge } from "@/features/learning/badges";
import { Learnt } from "@/features/learning/learnt";
import { Lineage } from "@/features/learning/lineage";
import { Opens } from "@/features/learning/opens";
import { PromoteButtons } from "@/features/learning/promote-buttons";
import { PromotionList } from "@/features/learning/promotion-list";
import { runQuery, type Serving, type VersionInFull, versionQuery } from "@/features/learning/queries";
import { Rate } from "@/features/learning/rate";
import { useEngineer } from "@/features/learning/roles";
import { RollbackButton } from "@/features/learning/rollback-button";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { formatMoment, formatNumber } from "@/i18n/format";
import { FactsList } from "@/ui/facts-list";
import { Failed, Loading } from "@/ui/states";

/** Everything of one version: how it does, where it comes from, when it served. */
export function VersionDrawer({ name, serving }: { name: string; serving: Serving }) {
  const { go } = useAddress();
  const { data: version, error, refetch } = useQuery(versionQuery(name));
  return (
    <Drawer
      opened
      onClose={() => go({ version: undefined })}
      position="right"
      size="min(100%, 720px)"
      title={
        <Group gap="xs">
          {name}
          {version && <VersionBadge status={version.status} />}
        </Group>
      }
    >
      {!version && !error && <Loading />}
      {!version && error && <Failed error={error} retry={() => void refetch()} />}
      {version && <Content version={version} serving={serving} />}
    </Drawer>
  );
}

function Content({ version, serving }: { version: VersionInFull; serving: Serving }) {
  const { t } = useTranslation("learning");
  return (
    <Stack gap="md">
      <Actions version={version} serving={serving} />
      <FactsList
        items={[
          [t("serving.rate"), <Rate key="rate" version={version.name} />],
          [t("version.texts"), formatNumber(version.counts.texts)],
          [t("serving.confidence"), t(version.learned_score ? "serving.calibrated" : "serving.raw")],
          [t("version.created"), formatMoment(version.created_at)],
          [t("version.promoted"), version.promoted_at && formatMoment(version.promoted_at)],
        ]}
      />
      <Group gap="md">
        <Anchor
          size="sm"
          renderRoot={(props) => <Link to="/history" search={{ model_version: version.name }} {...props} />}
        >
          {t("version.history")}
        </Anchor>
        <Anchor
          size="sm"
          renderRoot={(props) => <Link to="/quality" search={{ model_version: version.name }} {...props} />}
        >
          {t("version.quality")}
        </Anchor>
        {version.run_id && (
          <Opens run={version.run_id} size="sm">
            {t("version.run")}
          </Opens>
        )}
      </Group>
      <Part title={t("lineage.title")}>
        <Lineage version={version} />
      </Part>
      {version.run_id && <LearntBy run={version.run_id} />}
      <Part title={t("tab.promotions")}>
        {version.promotions.length ? (
          <PromotionList promotions={version.promotions} />
        ) : (
          <Text size="sm" c="var(--ol-quiet)">
            {t("promotion.never")}
          </Text>
        )}
      </Part>
    </Stack>
  );
}

/** What the run that made it found out; a run that cannot be had is one link away. */
function LearntBy({ run }: { run: string }) {
  const found = useQuery(runQuery(run));
  return found.data ? <Learnt run={found.data} /> : null;
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Divider mb="sm" />
      <Title order={3} size="h6" mb={8}>
        {title}
      </Title>
      {children}
    </section>
  );
}

/** What may be done with the version in its present state. */
function Actions({ version, serving }: { version: VersionInFull; serving: Serving }) {
  const { t } = useTranslation("learning");
  const engineer = useEngineer();
  if (!engineer) return null;
  if (version.status === "rejected") return <Text size="sm">{t("version.refused")}</Text>;
  const leaves = version.name === (serving.canary ?? serving.champion);
  return (
    <Group gap="xs">
      {version.status !== "champion" && (
        <PromoteButtons name={version.name} canary={version.status === "canary"} />
      )}
      {leaves && <RollbackButton serving={serving} />}
    </Group>
  );
}
