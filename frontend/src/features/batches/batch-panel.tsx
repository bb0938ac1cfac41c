import { Group, List, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isGoing } from "@/api/live";
import { Actions } from "@/features/batches/actions";
import { BatchBadge } from "@/features/batches/badge";
import { Counts } from "@/features/batches/counts";
import { Failures } from "@/features/batches/failures";
import { Particulars } from "@/features/batches/particulars";
import { BatchProgress } from "@/features/batches/progress";
import type { Batch } from "@/features/batches/queries";
import { Rejection } from "@/features/batches/rejection";
import { nameOf, whatOf } from "@/features/batches/words";
import { WrongRows } from "@/features/batches/wrong-rows";
import "@/features/batches/texts";
import { useNames } from "@/ui/catalogue";
import classes from "./batches.module.css";

/** Everything about a batch: how far it is, what went wrong and what can be done about it. */
export function BatchPanel({ batch }: { batch: Batch }) {
  const { t } = useTranslation("batches");
  const names = useNames();
  return (
    <Stack gap="lg">
      <div>
        <Group gap="xs">
          <Title order={3} size="h4" className={classes.name}>
            {nameOf(batch)}
          </Title>
          <BatchBadge batch={batch} />
        </Group>
        <Text size="sm" c="var(--ol-quiet)">
          {whatOf(batch, names, t)}
        </Text>
      </div>
      {batch.error && <Rejection batch={batch} error={batch.error} />}
      {(isGoing(batch) || batch.status === "cancelled") && <BatchProgress batch={batch} />}
      <Counts batch={batch} />
      <Actions batch={batch} />
      {batch.problems > 0 && <WrongRows batch={batch} />}
      {batch.failed > 0 && <Failures batch={batch} />}
      {batch.notes.length > 0 && (
        <section>
          <Title order={4} size="h5" mb={4}>
            {t("notes")}
          </Title>
          <List size="sm" spacing={2}>
            {batch.notes.map((note) => (
              <List.Item key={note}>{note}</List.Item>
            ))}
          </List>
        </section>
      )}
      <Particulars batch={batch} />
    </Stack>
  );
}
