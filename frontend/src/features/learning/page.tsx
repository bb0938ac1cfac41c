import { Stack, Tabs } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { TABS, useAddress } from "@/features/learning/address";
import { PromotionList } from "@/features/learning/promotion-list";
import { readinessQuery, runsQuery, type Versions, versionsQuery } from "@/features/learning/queries";
import { ReadinessCard } from "@/features/learning/readiness-card";
import { RunDrawer } from "@/features/learning/run-drawer";
import { RunTable } from "@/features/learning/run-table";
import { RunsNow } from "@/features/learning/runs-now";
import { ServingCard } from "@/features/learning/serving-card";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { VersionDrawer } from "@/features/learning/version-drawer";
import { VersionTable } from "@/features/learning/version-table";
import { More } from "@/ui/more";
import { Card, Page } from "@/ui/page";
import { Empty, Failed, Loading, Outdated } from "@/ui/states";

/** What writes the texts, how the labels make the next version, and all versions and runs there were. */
export function ModelsPage() {
  const { t } = useTranslation("learning");
  const { run } = useAddress();
  const versions = useQuery(versionsQuery);
  const readiness = useQuery(readinessQuery);
  const runs = useInfiniteQuery(runsQuery);
  const found = runs.data?.pages.flatMap((page) => page.items);
  const old = [versions, readiness, runs].filter((one) => one.isRefetchError);
  const readAgain = (): void => {
    for (const one of old) void one.refetch();
  };
  return (
    <Page title={t("title")} hint={t("hint")}>
      {old[0] && <Outdated error={old[0].error} retry={readAgain} />}
      <Stack gap="md">
        {versions.data ? <ServingCard versions={versions.data} /> : <WaitingCard {...versions} />}
        {readiness.data ? <ReadinessCard readiness={readiness.data} /> : <WaitingCard {...readiness} />}
        {found ? <RunsNow runs={found} /> : <WaitingCard {...runs} />}
        {versions.data && <Lists versions={versions.data} />}
      </Stack>
      {run && <RunDrawer key={run} id={run} />}
    </Page>
  );
}

interface WaitingProps {
  error: unknown;
  refetch: () => unknown;
}

/** What is not there yet, or could not be had. */
function Waiting({ error, refetch }: WaitingProps) {
  return error ? <Failed error={error} retry={() => void refetch()} /> : <Loading />;
}

function WaitingCard(props: WaitingProps) {
  return (
    <Card>
      <Waiting {...props} />
    </Card>
  );
}

function Lists({ versions }: { versions: Versions }) {
  const { t } = useTranslation("learning");
  const { tab, version, go } = useAddress();
  const runs = useInfiniteQuery(runsQuery);
  const found = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card>
      <Tabs
        value={tab}
        onChange={(next) => go({ tab: TABS.find((one) => one === next) })}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`tab.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="versions">
          <VersionTable versions={versions.items} />
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          {runs.data ? <RunTable runs={found} /> : <Waiting {...runs} />}
          <More {...runs} />
        </Tabs.Panel>
        <Tabs.Panel value="promotions">
          {versions.promotions.length ? (
            <PromotionList promotions={versions.promotions} />
          ) : (
            <Empty title={t("promotion.none")} />
          )}
        </Tabs.Panel>
      </Tabs>
      {version && <VersionDrawer key={version} name={version} serving={versions.serving} />}
    </Card>
  );
}
