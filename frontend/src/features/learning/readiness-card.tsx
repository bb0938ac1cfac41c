import { Group, Progress, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconInfoCircle } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Readiness } from "@/features/learning/queries";
import { useEngineer } from "@/features/learning/roles";
import { StartButton } from "@/features/learning/start-button";
import "@/features/learning/texts";
import { formatMoment, formatNumber, formatPercent } from "@/i18n/format";
import { Card } from "@/ui/page";
import classes from "./learning.module.css";

const KINDS = ["success", "failure", "corrected"] as const;

/** Whether there is enough to learn from, what can learn, and when it starts by itself. */
export function ReadinessCard({ readiness }: { readiness: Readiness }) {
  const { t } = useTranslation("learning");
  const engineer = useEngineer();
  const { abilities } = readiness;
  return (
    <Card title={t("ready.title")} actions={engineer && <StartButton readiness={readiness} />}>
      <div className={classes.readiness}>
        <dl className={classes.counts}>
          {KINDS.map((kind) => (
            <Count key={kind} kind={kind} readiness={readiness} />
          ))}
        </dl>
        <Stack gap={6}>
          <State readiness={readiness} />
          <Text size="sm" c="var(--ol-quiet)">
            {byItself(readiness, t)} {whoDecides(readiness, t)}
          </Text>
          {abilities.reason && (
            <Group gap={6} wrap="nowrap" align="flex-start">
              <IconInfoCircle size={18} stroke={1.6} className={classes.icon} aria-hidden />
              <Text size="sm">
                {t("ready.cannot")} {abilities.reason}
              </Text>
            </Group>
          )}
        </Stack>
      </div>
    </Card>
  );
}

/** Whether a run could start now. */
function State({ readiness: { missing, going } }: { readiness: Readiness }) {
  const { t } = useTranslation("learning");
  if (going) return <Text size="sm">{t("ready.going")}</Text>;
  const enough = missing.length === 0;
  const Icon = enough ? IconCircleCheck : IconCircleDashed;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" c={enough ? "var(--ol-good)" : "var(--ol-warn)"}>
      <Icon size={18} stroke={1.8} className={classes.icon} aria-hidden />
      <Text size="sm" fw={500}>
        {enough ? t("ready.enough") : t("ready.missing", { what: missing.join("; ") })}
      </Text>
    </Group>
  );
}

function Count({ kind, readiness }: { kind: (typeof KINDS)[number]; readiness: Readiness }) {
  const { t } = useTranslation("learning");
  const [count, fresh] = [readiness.labels[kind], readiness.new_labels[kind]];
  const needed = kind !== "corrected";
  return (
    <div>
      <dt>{t(`ready.${kind}`)}</dt>
      <dd>
        <b>{formatNumber(count)}</b>
        <Text size="xs" c="var(--ol-quiet)">
          {freshness(fresh, readiness, t)}
        </Text>
        {needed && (
          <Progress
            value={Math.min(100, (100 * count) / readiness.least)}
            color={count < readiness.least ? "var(--ol-warn)" : "var(--ol-good)"}
            size={4}
            mt={6}
            aria-hidden
          />
        )}
      </dd>
    </div>
  );
}

function freshness(fresh: number, { last_run_at }: Readiness, t: TFunction<"learning">): string {
  if (!last_run_at) return t("ready.allFresh");
  return fresh ? t("ready.fresh", { count: fresh, shown: formatNumber(fresh) }) : t("ready.noneFresh");
}

function byItself({ automatic, new_labels }: Readiness, t: TFunction<"learning">): string {
  const { after_labels, every_hours, next_at } = automatic;
  const words: string[] = [];
  if (after_labels) {
    const have = new_labels.success + new_labels.failure;
    words.push(t("auto.labels", { count: after_labels, have: formatNumber(have) }));
  }
  if (every_hours) words.push(t("auto.hours", { count: every_hours }));
  if (next_at) words.push(t("auto.next", { moment: formatMoment(next_at) }));
  return words.length ? words.join(" ") : t("auto.never");
}

function whoDecides({ automatic }: Readiness, t: TFunction<"learning">): string {
  if (automatic.promotion === "person") return t("auto.person");
  return t("auto.policy", {
    share: formatPercent(automatic.canary_share),
    count: automatic.canary_labels,
  });
}
