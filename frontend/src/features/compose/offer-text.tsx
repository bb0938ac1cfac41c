import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { bankQuery, channelsInUseQuery } from "@/ui/catalogue";
import { Facts } from "@/ui/client/facts";
import { FindingsList } from "@/ui/preview/findings-list";
import { OfferPreview } from "@/ui/preview/offer-preview";
import { Editor } from "./editor";
import classes from "./page.module.css";
import type { Told, View } from "./run";

interface OfferTextProps {
  view: View;
  told: Told;
  /** The correction that is being typed, if any. */
  edited: string | undefined;
  /** Whether the pen was just taken. */
  taken: boolean;
  onEdit: (text: string | undefined) => void;
  onTell: (told: Told) => void;
  onSaved: (told: Told) => void;
}

/** The text on its channel with the facts and the findings beside it, or the pen. */
export function OfferText({ view, told, edited, taken, onEdit, onTell, onSaved }: OfferTextProps) {
  const channel = useQuery(channelsInUseQuery).data?.find((one) => one.code === view.offer.channel);
  const sender = useQuery(bankQuery).data?.legal_name;
  const shown = {
    channel: view.offer.channel,
    form: channel?.form,
    limits: channel?.limits,
    price: channel?.part_price,
    sender,
  };
  if (edited !== undefined) {
    return (
      <Editor
        offer={view.offer}
        told={told}
        text={edited}
        onType={onEdit}
        onTell={onTell}
        onSaved={onSaved}
        taken={taken}
        shown={shown}
      />
    );
  }
  return (
    <div className={classes.body}>
      <OfferPreview {...shown} text={view.text} findings={view.findings} />
      <Stack gap="sm">
        <Used facts={view.offer.facts} />
        <FindingsList findings={view.findings} />
      </Stack>
    </div>
  );
}

function Used({ facts }: { facts: string[] }) {
  const { t } = useTranslation("compose");
  if (!facts.length) {
    return (
      <Text size="xs" c="var(--ol-quiet)">
        {t("noFacts")}
      </Text>
    );
  }
  return (
    <div>
      <Text size="xs" c="var(--ol-quiet)" mb={4}>
        {t("usedFacts")}
      </Text>
      <Facts facts={facts} />
    </div>
  );
}
