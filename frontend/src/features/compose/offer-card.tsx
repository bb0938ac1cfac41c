import { Alert, Badge, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { channelsInUseQuery, productsOnSaleQuery } from "@/ui/catalogue";
import { Confidence } from "@/ui/confidence";
import { OfferActions } from "./offer-actions";
import { OfferText } from "./offer-text";
import classes from "./page.module.css";
import { type Offer, type Thread, type Told, UNTOLD, type View, viewsOf } from "./run";
import type { Desk } from "./use-desk";
import { ViewTabs } from "./view-tabs";
import { WriteAgain } from "./write-again";

interface OfferCardProps {
  thread: Thread;
  desk: Desk;
  mayLabel: boolean;
  onChange: (change: (thread: Thread) => Thread) => void;
}

/** Everything about the texts of one client. */
export function OfferCard({ thread, desk, mayLabel, onChange }: OfferCardProps) {
  const { t } = useTranslation("compose");
  const [picked, setPicked] = useState<string>();
  const [taken, setTaken] = useState<string>();
  const { run, changeRun } = desk;
  const views = viewsOf(thread, run.told);
  const view = views.find((one) => one.id === picked) ?? views[0];
  const first = thread.offers[0];
  if (!first) return null;
  const tell = (offerId: string, told: Told): void =>
    changeRun((now) => ({ told: { ...now.told, [offerId]: told } }));
  const edit = (offerId: string, text: string | undefined): void =>
    changeRun((now) => {
      const { [offerId]: _, ...others } = now.edits;
      return { edits: text === undefined ? others : { ...others, [offerId]: text } };
    });
  const addAgain = (offer: Offer, wish: string): void => {
    onChange((now) => ({
      offers: [...now.offers, offer],
      wishes: { ...now.wishes, [offer.offer_id]: wish },
    }));
    setPicked(offer.offer_id);
  };
  const pick = (id: string): void => {
    setTaken(undefined);
    setPicked(id);
  };
  return (
    <article className={classes.card} aria-label={t("texts", { id: first.client_id })}>
      <CardHead offer={first} view={view} />
      {view ? (
        <Stack gap="md" mt="sm">
          {views.length > 1 && run.edits[view.offer.offer_id] === undefined && (
            <ViewTabs views={views} picked={view.id} onPick={pick} />
          )}
          <OfferText
            view={view}
            told={run.told[view.offer.offer_id] ?? UNTOLD}
            edited={run.edits[view.offer.offer_id]}
            taken={taken === view.offer.offer_id}
            onEdit={(text) => edit(view.offer.offer_id, text)}
            onTell={(told) => tell(view.offer.offer_id, told)}
            onSaved={(told) => {
              tell(view.offer.offer_id, told);
              edit(view.offer.offer_id, undefined);
              setPicked(`${view.offer.offer_id}/corrected`);
            }}
          />
          {run.edits[view.offer.offer_id] === undefined && (
            <OfferActions
              view={view}
              told={run.told[view.offer.offer_id] ?? UNTOLD}
              mayLabel={mayLabel}
              onTell={(told) => tell(view.offer.offer_id, told)}
              onEdit={() => {
                setTaken(view.offer.offer_id);
                edit(view.offer.offer_id, view.text);
              }}
              onAgain={addAgain}
            />
          )}
        </Stack>
      ) : (
        <Alert color="yellow" variant="light" title={t("noTextTitle")} mt="sm">
          <Text size="sm">{first.error?.detail}</Text>
          {first.product !== "auto" && (
            <Group mt="xs">
              <WriteAgain offer={first} onAgain={addAgain} />
            </Group>
          )}
        </Alert>
      )}
    </article>
  );
}

function CardHead({ offer, view }: { offer: Offer; view: View | undefined }) {
  const { t } = useTranslation("compose");
  const product = useQuery(productsOnSaleQuery).data?.find((one) => one.code === offer.product);
  const channel = useQuery(channelsInUseQuery).data?.find((one) => one.code === offer.channel);
  return (
    <Group justify="space-between" align="flex-start" gap="xs">
      <Stack gap={2} miw={0} flex={1}>
        <Group gap="xs">
          <Text fw={600}>{t("client", { id: offer.client_id })}</Text>
          {offer.product !== "auto" && <Badge color="petrol">{product?.name ?? offer.product}</Badge>}
          <Badge color="gray">{channel?.name ?? offer.channel}</Badge>
        </Group>
        {offer.product_reason && (
          <Text size="xs" c="var(--ol-quiet)">
            {t("why")} {offer.product_reason}
          </Text>
        )}
      </Stack>
      {view && view.confidence !== null && (
        <Confidence value={view.confidence} calibrated={view.offer.calibrated} />
      )}
    </Group>
  );
}
