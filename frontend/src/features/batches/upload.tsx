import { Button, Group, Progress, Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import "@/features/batches/start-texts";
import { formatBytes, formatPercent } from "@/i18n/format";

/** So often the progress is said aloud. */
const SPOKEN_STEP = 0.25;

/** How much of a file has left, and the way to stop it. */
export function Upload({ file, share, stop }: { file: File; share: number; stop: () => void }) {
  const { t } = useTranslation("batches");
  const sent = { sent: formatBytes(share * file.size), size: formatBytes(file.size) };
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm">{share < 1 ? t("upload.sent", sent) : t("upload.taken")}</Text>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={stop}>
          {t("upload.stop")}
        </Button>
      </Group>
      <Progress.Root size={8} mb="sm">
        <Progress.Section value={share * 100} animated aria-label={t("upload.name")} />
      </Progress.Root>
      <VisuallyHidden role="status">
        {t("upload.aloud", { share: formatPercent(Math.floor(share / SPOKEN_STEP) * SPOKEN_STEP) })}
      </VisuallyHidden>
    </div>
  );
}
