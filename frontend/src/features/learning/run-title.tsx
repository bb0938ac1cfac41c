import { Group, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RunBadge } from "@/features/learning/badges";
import type { Run } from "@/features/learning/queries";
import "@/features/learning/texts";

/** From which version to which, and what became of it. */
export function RunTitle({ run }: { run: Run }) {
  const { t } = useTranslation("learning");
  return (
    <Group gap="xs">
      <Title order={3} size="h4">
        {run.parent ?? "—"} <span aria-hidden>→</span> {run.challenger ?? t("run.nothing")}
      </Title>
      <RunBadge status={run.status} />
    </Group>
  );
}
