import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Detailed } from "@/features/history/queries";
import { formatNumber } from "@/i18n/format";
import { FactsList } from "@/ui/facts-list";
import "@/features/history/texts";

/** Which versions made the text, for whom, and how long it took. */
export function Passport({ offer }: { offer: Detailed }) {
  const { t } = useTranslation("history");
  const timings = Object.entries(offer.timings).map(
    ([name, value]) => [t(`timing.${name}`, { defaultValue: name }), formatNumber(value)] as const,
  );
  return (
    <FactsList
      items={[
        [t("model"), offer.model_version],
        [t("rules"), offer.rules_version],
        [t("card"), offer.card_version],
        [t("author"), offer.author],
        [t("briefTone"), t(`common:tone.${offer.tone}`, { defaultValue: offer.tone })],
        [t("conditions"), t(offer.conditions === "full" ? "conditionsFull" : "conditionsNone")],
        [t("seed"), offer.seed],
        ...timings,
        [t("batch"), offer.batch_id && <BatchLink id={offer.batch_id} />],
        [t("request"), offer.request_id],
        [t("offerId"), offer.offer_id],
      ]}
    />
  );
}

function BatchLink({ id }: { id: string }) {
  return (
    <Anchor inherit renderRoot={(props) => <Link to="/batches" search={{ open: id }} {...props} />}>
      {id}
    </Anchor>
  );
}
