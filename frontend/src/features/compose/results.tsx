import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconMessage2Bolt, IconSparkles } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/i18n/format";
import { Empty } from "@/ui/states";
import { EXAMPLE } from "./draft";
import { OfferCard } from "./offer-card";
import classes from "./page.module.css";
import type { Run, Thread } from "./run";
import type { Desk } from "./use-desk";

/** The texts of the last answer, or how to get the first ones. */
export function Results({ desk, mayLabel }: { desk: Desk; mayLabel: boolean }) {
  const { t } = useTranslation("compose");
  const { run, changeRun, write } = desk;
  if (!run.threads.length && !write.isPending) return <Welcome desk={desk} />;
  const changeThread = (place: number, change: (thread: Thread) => Thread): void =>
    changeRun((now) => ({
      threads: now.threads.map((thread, index) => (index === place ? change(thread) : thread)),
    }));
  return (
    <Stack gap="md" aria-busy={write.isPending}>
      {write.isPending ? (
        <Text size="sm" c="var(--ol-quiet)" role="status">
          {t("writing")}
        </Text>
      ) : (
        <Summary run={run} />
      )}
      {write.isPending && !run.threads.length && <Skeleton height={240} radius="lg" />}
      <Stack gap="md" className={write.isPending ? classes.pale : undefined}>
        {run.threads.map((thread, index) => (
          <OfferCard
            key={thread.offers[0]?.offer_id}
            thread={thread}
            desk={desk}
            mayLabel={mayLabel}
            onChange={(change) => changeThread(index, change)}
          />
        ))}
      </Stack>
    </Stack>
  );
}

function Summary({ run }: { run: Run }) {
  const { t } = useTranslation("compose");
  const written = run.threads.filter((thread) => thread.offers.some((offer) => offer.text !== null)).length;
  const empty = run.threads.length - written;
  return (
    <Group gap="xs" role="status">
      <Text size="sm" fw={500}>
        {t("done", { count: written, ms: formatNumber(run.elapsedMs) })}
      </Text>
      {empty > 0 && (
        <Text size="sm" c="var(--ol-warn)">
          {t("noText", { count: empty })}
        </Text>
      )}
      <Text size="sm" c="var(--ol-quiet)">
        {t("model", { version: run.modelVersion })}
      </Text>
    </Group>
  );
}

function Welcome({ desk }: { desk: Desk }) {
  const { t } = useTranslation("compose");
  return (
    <Empty
      icon={<IconMessage2Bolt size={36} stroke={1.4} color="var(--ol-quiet)" aria-hidden />}
      title={t("welcome")}
      hint={t("welcomeHint")}
      action={
        <Stack gap={4} align="center" mt="sm">
          <Button
            variant="light"
            leftSection={<IconSparkles size={16} stroke={1.6} />}
            loading={desk.write.isPending}
            onClick={() => {
              desk.change(EXAMPLE);
              desk.submit(EXAMPLE);
            }}
          >
            {t("tryExample")}
          </Button>
          <Text size="xs" c="var(--ol-quiet)" ta="center">
            {t("exampleWho")}
          </Text>
        </Stack>
      }
    />
  );
}
