import { List, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Run } from "@/features/learning/queries";
import { type Dataset, metricsOf, type Score, type Successes, type Tune } from "@/features/learning/report";
import "@/features/learning/report-texts";
import "@/features/learning/texts";
import { Traits } from "@/features/learning/traits";
import { formatDuration, formatNumber, formatPercent } from "@/i18n/format";
import { CalibrationChart, CalibrationWords } from "@/ui/calibration/calibration";
import { FactsList } from "@/ui/facts-list";
import classes from "./learning.module.css";

const HEIGHT = 264;

/** What was learnt: from which labels, what reviewers like, how far the confidence is to be believed. */
export function Learnt({ run }: { run: Run }) {
  const { t } = useTranslation("learning");
  const { dataset, score, tune, evaluate } = metricsOf(run);
  if (!dataset && !score && !tune) return null;
  return (
    <div className={classes.learnt}>
      {evaluate?.success && (
        <Part title={t("learnt.parts")}>
          <FactsList items={partFacts(evaluate.success, t)} />
        </Part>
      )}
      {score && <Liked score={score} />}
      {dataset && (
        <Part title={t("learnt.data")}>
          <FactsList items={dataFacts(dataset, t)} />
        </Part>
      )}
      {score && <Believed score={score} />}
      {tune && (
        <Part title={t("learnt.tune")}>
          {tune.skipped ? <Text size="sm">{tune.skipped}</Text> : <FactsList items={tuneFacts(tune, t)} />}
        </Part>
      )}
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part}>
      <Title order={4} size="h6" mb={8}>
        {title}
      </Title>
      {children}
    </section>
  );
}

function Liked({ score: { likes = [], dislikes = [] } }: { score: Score }) {
  const { t } = useTranslation("learning");
  if (!likes.length && !dislikes.length) return null;
  const most = Math.max(...[...likes, ...dislikes].map((one) => Math.abs(one.weight)));
  return (
    <Part title={t("learnt.taste")}>
      <Stack gap="md">
        <Traits kind="likes" traits={likes} most={most} />
        <Traits kind="dislikes" traits={dislikes} most={most} />
      </Stack>
    </Part>
  );
}

function Believed({ score }: { score: Score }) {
  const { t } = useTranslation("learning");
  const { auroc, ece, brier, brier_base } = score;
  const bins =
    score.bins?.map(({ start, end, ...bin }) => ({ ...bin, from: start, to: end, low: null, high: null })) ??
    [];
  if (!bins.length && auroc === null) return null;
  return (
    <Part title={t("learnt.confidence")}>
      {bins.length > 0 && <CalibrationChart bins={bins} height={HEIGHT} />}
      <List size="sm" spacing={4} mt="xs">
        {auroc !== null && (
          <List.Item>
            {t("learnt.auroc", { auroc: formatNumber(auroc, 2), count: Math.round(auroc * 100) })}
          </List.Item>
        )}
        {bins.length > 0 && ece !== null && brier !== null && brier_base !== null && (
          <CalibrationWords {...{ bins, ece, brier, brier_base }} />
        )}
      </List>
    </Part>
  );
}

type Say = (key: string) => string;
type Facts = [string, string | null][];

function number(value: number | null | undefined, digits = 0): string | null {
  return value === undefined || value === null ? null : formatNumber(value, digits);
}

const PARTS = ["champion", "ranked", "tuned"] as const;

function partFacts(success: Successes, t: Say): Facts {
  return PARTS.map((name) => {
    const expected = success[name];
    return [t(`part.${name}`), expected === undefined ? null : formatPercent(expected, 1)];
  });
}

function dataFacts(dataset: Dataset, t: Say): Facts {
  const counts = [
    "labels",
    "success",
    "failure",
    "corrected",
    "train",
    "gold",
    "gold_clients",
    "contradictions",
    "repeated",
    "dropped",
    "unusable_corrections",
  ] as const;
  return [
    ...counts.map((name): Facts[number] => [t(`dataset.${name}`), number(dataset[name])]),
    [t("dataset.offerings"), offerings(dataset)],
    [t("dataset.hash"), dataset.hash?.slice(0, 12) ?? null],
  ];
}

/** How many of the labelled products and channels the check knows. */
function offerings({ offerings: all, gold_offerings: held }: Dataset): string | null {
  return all === undefined || held === undefined ? null : `${formatNumber(held)} / ${formatNumber(all)}`;
}

function tuneFacts(tune: Tune, t: Say): Facts {
  return [
    [t("tune.accepted"), number(tune.accepted)],
    [t("tune.rejected"), number(tune.rejected)],
    [t("tune.tokens"), number(tune.tokens)],
    [t("tune.seconds"), tune.seconds === undefined ? null : formatDuration(tune.seconds)],
    [t("tune.loss"), number(tune.loss, 3)],
    [t("tune.before"), number(tune.held_out_before, 3)],
    [t("tune.after"), number(tune.held_out_after, 3)],
  ];
}
