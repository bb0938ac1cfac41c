import { Anchor, Box, Divider, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { Brief } from "@/features/history/brief";
import { Candidates } from "@/features/history/candidates";
import { Judge } from "@/features/history/judge";
import { Passport } from "@/features/history/passport";
import type { Detailed } from "@/features/history/queries";
import { Said } from "@/features/history/said";
import { bankQuery, channelsInUseQuery } from "@/ui/catalogue";
import { ClientWords } from "@/ui/client/client-words";
import { Facts } from "@/ui/client/facts";
import { Confidence } from "@/ui/confidence";
import { Copy } from "@/ui/copy";
import { FindingsList } from "@/ui/preview/findings-list";
import { OfferPreview } from "@/ui/preview/offer-preview";
import "@/features/history/texts";

interface StoryProps {
  offer: Detailed;
  onGo: (id: string) => void;
}

/** A text from what the client sees down to how it was made. */
export function Story({ offer, onGo }: StoryProps) {
  const { t } = useTranslation("history");
  const me = useMe();
  return (
    <Stack gap="lg">
      <Shown offer={offer} />
      {offer.text !== null && me?.role !== "service" && <Judge offer={offer} />}
      <Section title={t("findings")}>
        {offer.compliance.findings.length ? (
          <FindingsList findings={offer.compliance.findings} />
        ) : (
          <Text size="sm" c="var(--ol-quiet)">
            {t("clean")}
          </Text>
        )}
      </Section>
      <Section title={t("knownOf")}>
        {offer.facts.length > 0 && (
          <Box mb="sm">
            <Facts facts={offer.facts} />
          </Box>
        )}
        <ClientWords features={offer.features} events={offer.events} />
      </Section>
      {offer.product_reason && (
        <Section title={t("reason")}>
          <Text size="sm">{offer.product_reason}</Text>
        </Section>
      )}
      <Brief brief={offer.brief} words={factWords(offer)} benefits={offer.benefits} />
      <Section title={t("candidates")}>
        <Candidates candidates={offer.candidates} benefits={offer.benefits} chosen={offer.text} />
      </Section>
      <Section title={t("labels")}>
        <Said labels={offer.labels} text={offer.text} />
      </Section>
      <Section title={t("passport")}>
        <Passport offer={offer} />
        {offer.parent_id && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            mt="xs"
            onClick={() => onGo(offer.parent_id ?? "")}
          >
            {t("parent")}
          </Anchor>
        )}
      </Section>
    </Stack>
  );
}

/** The words of each fact code of this offer. */
function factWords(offer: Detailed): Record<string, string> {
  return Object.fromEntries(offer.fact_codes.map((code, place) => [code, offer.facts[place] ?? code]));
}

function Shown({ offer }: { offer: Detailed }) {
  const { t } = useTranslation("history");
  const bank = useQuery(bankQuery);
  const channels = useQuery(channelsInUseQuery);
  const channel = channels.data?.find((one) => one.code === offer.channel);
  if (offer.text === null)
    return <Text c="var(--ol-bad)">{t("noText", { why: offer.error?.detail ?? "" })}</Text>;
  return (
    <div>
      <OfferPreview
        text={offer.text}
        channel={offer.channel}
        form={channel?.form}
        findings={offer.compliance.findings}
        limits={channel?.limits}
        price={channel?.part_price}
        sender={bank.data?.legal_name}
      />
      <Group justify="space-between" mt="xs">
        <Confidence value={offer.confidence} calibrated={offer.calibrated} />
        <Copy text={offer.text} />
      </Group>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Divider mb="sm" />
      <Title order={2} size="h6" mb={8}>
        {title}
      </Title>
      {children}
    </section>
  );
}
