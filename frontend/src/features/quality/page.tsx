import { Button, Group, Stack, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { CalibrationCard } from "@/features/quality/calibration-card";
import { DaysCard } from "@/features/quality/days-card";
import { QualityFilters } from "@/features/quality/filters";
import { FewLabels, Headline } from "@/features/quality/headline";
import { type Summary, summaryQuery } from "@/features/quality/queries";
import { RatesCard } from "@/features/quality/rates-card";
import { ReasonsCard } from "@/features/quality/reasons-card";
import { useQualitySearch } from "@/features/quality/search";
import "@/features/quality/texts";
import { VersionsCard } from "@/features/quality/versions-card";
import { WeeksCard } from "@/features/quality/weeks-card";
import { Page } from "@/ui/page";
import { Empty, Failed, Loading } from "@/ui/states";
import classes from "./quality.module.css";

/** What the labels say of the texts: shares with intervals, the confidence, reasons, versions. */
export function QualityPage() {
  const { t } = useTranslation("quality");
  const { filters, tables, change } = useQualitySearch();
  const summary = useQuery(summaryQuery(filters));
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      actions={
        <Switch
          label={t("tables")}
          checked={tables}
          onChange={(event) => change({ view: event.currentTarget.checked ? "table" : undefined })}
        />
      }
    >
      <QualityFilters />
      {summary.isPending && <Loading height={400} />}
      {summary.error && <Failed error={summary.error} retry={() => void summary.refetch()} />}
      {summary.data && (
        <div className={summary.isPlaceholderData ? classes.stale : undefined}>
          {summary.data.labelled > 0 ? (
            <Report summary={summary.data} />
          ) : (
            <NoLabels summary={summary.data} />
          )}
        </div>
      )}
    </Page>
  );
}

function Report({ summary }: { summary: Summary }) {
  const { t } = useTranslation("quality");
  return (
    <Stack gap="md">
      <Headline summary={summary} />
      <FewLabels summary={summary} />
      <RatesCard />
      <WeeksCard versions={summary.versions} />
      <div className={classes.pair}>
        <CalibrationCard />
        <ReasonsCard />
      </div>
      <VersionsCard versions={summary.versions} />
      <DaysCard summary={summary} />
      <Text size="xs" c="var(--ol-quiet)">
        {t("bias")}
      </Text>
    </Stack>
  );
}

/** Nothing to conclude from: why, and where labels come from. */
function NoLabels({ summary }: { summary: Summary }) {
  const { t } = useTranslation("quality");
  const { narrowed, reset } = useQualitySearch();
  const written = summary.texts > 0;
  const what = narrowed ? "filtered" : written ? "noLabels" : "noTexts";
  return (
    <Empty
      title={t(`empty.${what}`)}
      hint={t(`empty.${what}Hint`)}
      action={
        <Group mt="sm">
          {written || narrowed ? (
            <Button component={Link} to="/review">
              {t("review")}
            </Button>
          ) : (
            <Button component={Link} to="/new">
              {t("empty.write")}
            </Button>
          )}
          {narrowed && (
            <Button variant="default" onClick={reset}>
              {t("filter.reset")}
            </Button>
          )}
        </Group>
      }
    />
  );
}
