import { Alert, Badge, Button, Drawer, Group, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import {
  type Conflict,
  progressQuery,
  putLabel,
  reasonsQuery,
  type Verdict,
} from "@/features/review/queries";
import classes from "@/features/review/review.module.css";
import { useNames } from "@/ui/catalogue";
import "@/features/review/texts";
import { formatMoment, formatNumber, formatPercent } from "@/i18n/format";
import { Failed, Loading, useProblemText } from "@/ui/states";

/** How well reviewers agree on the shared sample, and the texts on which they differ. */
export function Agreement({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("review");
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size="lg" title={t("shared.title")}>
      <Shared />
    </Drawer>
  );
}

function Shared() {
  const { t } = useTranslation("review");
  const { data, error, refetch } = useQuery(progressQuery);
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  const { pairs, same, agreement, kappa, conflicts } = data.shared;
  return (
    <Stack gap="md">
      <Text size="sm" c="var(--ol-quiet)">
        {t("shared.hint")}
      </Text>
      {pairs === 0 ? (
        <Text>{t("shared.none")}</Text>
      ) : (
        <Group gap="xl">
          <Figure label={t("shared.pairs")} value={formatNumber(pairs)} />
          <Figure
            label={t("shared.same")}
            value={`${formatNumber(same)} · ${agreement === null ? "—" : formatPercent(agreement)}`}
          />
          <Tooltip label={t("shared.kappaHint")} multiline maw={280}>
            <div>
              <Figure label={t("shared.kappa")} value={kappa === null ? "—" : formatNumber(kappa, 2)} />
            </div>
          </Tooltip>
        </Group>
      )}
      {pairs > 0 && (
        <section>
          <Title order={3} size="h6" mb={8}>
            {t("shared.conflicts")}
          </Title>
          {conflicts.length === 0 && <Text size="sm">{t("shared.noConflicts")}</Text>}
          <Stack gap="sm">
            {conflicts.map((conflict) => (
              <Difference key={conflict.offer_id} conflict={conflict} />
            ))}
          </Stack>
        </section>
      )}
    </Stack>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <Text size="xs" c="var(--ol-quiet)">
        {label}
      </Text>
      <Text size="xl" fw={600}>
        {value}
      </Text>
    </div>
  );
}

/** The deciding word keeps why the text was rejected and how it should have read: only the last one counts. */
function settled({ labels }: Conflict, label: Verdict["label"]): Verdict {
  const {
    reasons = [],
    comment = "",
    corrected_text = null,
  } = labels.find((said) => said.label === label) ?? {};
  return { label, reasons, comment, corrected: corrected_text };
}

/** One text with both labels side by side; a third word settles it. */
function Difference({ conflict }: { conflict: Conflict }) {
  const { t } = useTranslation(["review", "common"]);
  const say = useProblemText();
  const names = useNames();
  const client = useQueryClient();
  const reasons = useQuery(reasonsQuery).data ?? [];
  const settle = useMutation({
    mutationFn: (label: Verdict["label"]) => putLabel(conflict.offer_id, settled(conflict, label)),
    onSuccess: () => client.invalidateQueries({ queryKey: progressQuery.queryKey }),
  });
  const words = (code: string): string => reasons.find((one) => one.code === code)?.words ?? code;
  return (
    <article className={classes.conflict}>
      <Group gap={8} mb={8}>
        <Text size="sm" fw={600}>
          {names.product(conflict.product)}
        </Text>
        <Badge color="gray">{names.channel(conflict.channel)}</Badge>
        {conflict.decided && (
          <Badge color="petrol">
            {t("shared.decided", { label: t(`common:label.${conflict.label ?? "none"}`) })}
          </Badge>
        )}
      </Group>
      <Text size="sm" className={classes.words}>
        {conflict.text}
      </Text>
      <div className={classes.sides}>
        {conflict.labels.map((said) => (
          <div key={said.author}>
            <Text size="sm" fw={500} c={said.label === "success" ? "var(--ol-good)" : "var(--ol-bad)"}>
              {t(`common:label.${said.label}`)}
            </Text>
            <Text size="xs" c="var(--ol-quiet)">
              {said.author} · {formatMoment(said.created_at)}
            </Text>
            {said.reasons.length > 0 && <Text size="xs">{said.reasons.map(words).join(", ")}</Text>}
            {said.comment && <Text size="xs">{said.comment}</Text>}
          </div>
        ))}
      </div>
      {settle.error && (
        <Alert color="red" variant="light" role="alert" mt={8}>
          {say(settle.error)}
        </Alert>
      )}
      {!conflict.decided && (
        <Group gap={8} mt={8}>
          <Text size="sm">{t("shared.settle")}:</Text>
          {(["success", "failure"] as const).map((label) => (
            <Button
              key={label}
              size="compact-sm"
              variant="default"
              disabled={settle.isPending}
              onClick={() => settle.mutate(label)}
            >
              {t(`common:label.${label}`)}
            </Button>
          ))}
        </Group>
      )}
    </article>
  );
}
