import { Alert, Button, Group, Slider, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/features/learning/act-dialog";
import { usePromote, versionsQuery } from "@/features/learning/queries";
import "@/features/learning/texts";
import { formatPercent } from "@/i18n/format";

const LEAST = 5;
const MOST = 50;
const USUAL = 10;
const MARKS = [LEAST, USUAL, 25, MOST].map((value) => ({ value }));

/** How a version may be put to work: for a share of the calls first, or for all of them. */
type Extent = "part" | "all";

export function PromoteButtons({ name, canary }: { name: string; canary: boolean }) {
  const { t } = useTranslation("learning");
  const [extent, setExtent] = useState<Extent | null>(null);
  return (
    <Group gap="xs">
      {!canary && <Button onClick={() => setExtent("part")}>{t("promote.part")}</Button>}
      <Button variant={canary ? "filled" : "default"} onClick={() => setExtent("all")}>
        {t("promote.all")}
      </Button>
      {extent && <PromoteDialog name={name} extent={extent} onClose={() => setExtent(null)} />}
    </Group>
  );
}

interface PromoteDialogProps {
  name: string;
  extent: Extent;
  onClose: () => void;
}

function PromoteDialog({ name, extent, onClose }: PromoteDialogProps) {
  const { t } = useTranslation("learning");
  const promote = usePromote(name, () => {
    notifications.show({ message: t("promote.done", { version: name }) });
    onClose();
  });
  const [percent, setPercent] = useState(USUAL);
  const send = (reason: string): void =>
    promote.mutate({ reason, share: extent === "all" ? 1 : percent / 100 });
  return (
    <ActDialog
      title={t(`promote.${extent}Title`, { version: name })}
      word={t("reason")}
      act={t(`promote.${extent}Act`)}
      error={promote.error}
      pending={promote.isPending}
      onAct={send}
      onClose={onClose}
    >
      <Text size="sm">{t(`promote.${extent}Text`, { version: name })}</Text>
      <NotCompared name={name} />
      {extent === "part" && <Share percent={percent} setPercent={setPercent} />}
    </ActDialog>
  );
}

/** A candidate that waited may have been compared with a version that no longer serves, one of an update with none. */
function NotCompared({ name }: { name: string }) {
  const { t } = useTranslation("learning");
  const { data } = useQuery(versionsQuery);
  const version = data?.items.find((one) => one.name === name);
  const champion = data?.serving.champion;
  if (version?.status !== "candidate" || !champion || version.parent === champion) return null;
  return (
    <Alert color="yellow" role="status">
      {t(version.parent ? "promote.notCompared" : "promote.neverCompared", {
        parent: version.parent,
        champion,
      })}
    </Alert>
  );
}

function Share({ percent, setPercent }: { percent: number; setPercent: (percent: number) => void }) {
  const { t } = useTranslation("learning");
  return (
    <div>
      <Group justify="space-between" mb={8}>
        <Text size="sm" fw={500}>
          {t("promote.share")}
        </Text>
        <Text fw={600}>{formatPercent(percent / 100)}</Text>
      </Group>
      <Slider
        min={LEAST}
        max={MOST}
        step={5}
        marks={MARKS}
        value={percent}
        onChange={setPercent}
        label={null}
        thumbLabel={t("promote.share")}
        thumbProps={{ "aria-valuetext": formatPercent(percent / 100) }}
      />
      <Group justify="space-between" mt={8}>
        {[LEAST, MOST].map((end) => (
          <Text key={end} size="xs" c="var(--ol-quiet)">
            {formatPercent(end / 100)}
          </Text>
        ))}
      </Group>
    </div>
  );
}
