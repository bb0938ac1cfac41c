import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Copy } from "@/ui/copy";
import { LabelButtons } from "./label-buttons";
import type { Offer, Told, View } from "./run";
import { WriteAgain } from "./write-again";

interface OfferActionsProps {
  view: View;
  told: Told;
  mayLabel: boolean;
  onTell: (told: Told) => void;
  onEdit: () => void;
  onAgain: (offer: Offer, wish: string) => void;
}

/** What can be done with the text that is shown. */
export function OfferActions({ view, told, mayLabel, onTell, onEdit, onAgain }: OfferActionsProps) {
  const { t } = useTranslation("compose");
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {mayLabel && view.kind === "text" && (
          <LabelButtons key={`label-${view.offer.offer_id}`} offer={view.offer} told={told} onTell={onTell} />
        )}
        <Copy text={view.text} />
        {mayLabel && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPencil size={16} stroke={1.6} />}
            onClick={onEdit}
          >
            {t(view.kind === "variant" ? "takeVariant" : "edit")}
          </Button>
        )}
        <WriteAgain key={`again-${view.offer.offer_id}`} offer={view.offer} onAgain={onAgain} />
      </Group>
      {mayLabel && view.kind === "variant" && (
        <Text size="xs" c="var(--ol-quiet)">
          {t("variantLabel")}
        </Text>
      )}
    </Stack>
  );
}
