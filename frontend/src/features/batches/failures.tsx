import { Anchor, Group, Text, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { ResumeButton } from "@/features/batches/actions";
import { type Batch, reasonsQuery } from "@/features/batches/queries";
import type { Reasons } from "@/features/batches/reasons";
import { useSender } from "@/features/batches/roles";
import "@/features/batches/texts";
import { formatNumber } from "@/i18n/format";
import { Failed, Loading } from "@/ui/states";
import classes from "./batches.module.css";

const SHOWN = 8;

/** Clients without a text, by reason, with the way to try them again. */
export function Failures({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const sender = useSender();
  const over = !isGoing(batch);
  const found = useQuery({
    ...reasonsQuery(batch.batch_id, batch.failed),
    enabled: over,
    placeholderData: keepPreviousData,
  });
  return (
    <section aria-labelledby="failures">
      <Group justify="space-between" mb={4}>
        <Title order={4} size="h5" id="failures">
          {t("failures.title", { shown: formatNumber(batch.failed) })}
        </Title>
        {sender && batch.status === "done" && <ResumeButton batch={batch} size="xs" />}
      </Group>
      <Text size="sm" c="var(--ol-quiet)" mb="xs">
        {t(over ? "failures.hint" : "failures.later")}{" "}
        <Anchor
          size="sm"
          renderRoot={(props) => (
            <Link to="/history" search={{ batch_id: batch.batch_id, max_confidence: "0" }} {...props} />
          )}
        >
          {t("failures.list")}
        </Anchor>
      </Text>
      {over && found.isPending && <Loading height={80} />}
      {found.error && !found.data && <Failed error={found.error} retry={() => void found.refetch()} />}
      {over && found.data && <ReasonList found={found.data} failed={batch.failed} />}
    </section>
  );
}

function ReasonList({ found, failed }: { found: Reasons; failed: number }) {
  const { t } = useTranslation("batches");
  const { reasons, counted } = found;
  return (
    <>
      <ul className={classes.reasons}>
        {reasons.slice(0, SHOWN).map(({ code, detail, count }) => (
          <li key={`${code} ${detail}`}>
            <div>
              {t(`failures.code.${code}`, { defaultValue: code })}
              <Text size="xs" c="var(--ol-quiet)">
                {detail}
              </Text>
            </div>
            <b>{formatNumber(count)}</b>
          </li>
        ))}
      </ul>
      {reasons.length > SHOWN && (
        <Text size="sm" c="var(--ol-quiet)" mt={4}>
          {t("failures.andMore", { count: reasons.length - SHOWN })}
        </Text>
      )}
      {counted < failed && (
        <Text size="sm" c="var(--ol-quiet)" mt={4}>
          {t("failures.some", { counted: formatNumber(counted), failed: formatNumber(failed) })}
        </Text>
      )}
    </>
  );
}
