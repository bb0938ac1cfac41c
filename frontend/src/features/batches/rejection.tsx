import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { faultOf } from "@/features/batches/faults";
import type { Batch } from "@/features/batches/queries";
import { useSender } from "@/features/batches/roles";
import "@/features/batches/start-texts";
import "@/features/batches/texts";

/** Why a table was not taken, what to do about it, and the way to do it. */
export function Rejection({ batch, error }: { batch: Batch; error: string }) {
  const { t } = useTranslation("batches");
  const sender = useSender();
  const fault = faultOf(error);
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<IconAlertCircle aria-hidden />}
      title={t(`fault.${fault}.title`)}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t(`fault.${fault}.advice`)}</Text>
        <Text size="xs" style={{ overflowWrap: "anywhere" }}>
          {t("fault.said", { error })}
        </Text>
        {sender && (
          <Button
            size="xs"
            variant="default"
            renderRoot={(props) => <Link to="." search={{ new: batch.batch_id }} {...props} />}
          >
            {t("new.corrected")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
