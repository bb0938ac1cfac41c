import { Badge, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/review/review.module.css";
import type { Entry } from "@/features/review/sitting";
import "@/features/review/texts";
import { bankQuery, channelsInUseQuery, useNames } from "@/ui/catalogue";
import { ClientWords } from "@/ui/client/client-words";
import { Facts } from "@/ui/client/facts";
import { Confidence } from "@/ui/confidence";
import { FindingsList } from "@/ui/preview/findings-list";
import { OfferPreview } from "@/ui/preview/offer-preview";

/** One text with everything that helps to judge it. */
export function Subject({ entry }: { entry: Entry }) {
  const { t } = useTranslation(["review", "common"]);
  const { item } = entry;
  const names = useNames();
  const channel = useQuery(channelsInUseQuery).data?.find((one) => one.code === item.channel);
  const bank = useQuery(bankQuery).data;
  const { findings } = item.compliance;
  return (
    <article className={classes.subject} aria-label={t("position")}>
      <div className={classes.stage}>
        <Group justify="space-between" mb="md" gap="xs">
          <Group gap={8}>
            <Text fw={600}>{names.product(item.product)}</Text>
            <Badge color="gray">{names.channel(item.channel)}</Badge>
            {entry.wanted && (
              <Badge color="gray" c={entry.wanted.label === "success" ? "var(--ol-good)" : "var(--ol-bad)"}>
                {t(entry.author ? "decidedBy" : "decidedAs", {
                  author: entry.author,
                  label: t(`common:label.${entry.wanted.label}`),
                })}
              </Badge>
            )}
            {entry.skipped && <Badge color="gray">{t("skippedMark")}</Badge>}
          </Group>
          <Confidence value={item.confidence} calibrated={item.calibrated} />
        </Group>
        <OfferPreview
          text={item.text ?? ""}
          channel={item.channel}
          form={channel?.form}
          limits={channel?.limits}
          price={channel?.part_price}
          findings={findings}
          sender={bank?.legal_name}
        />
      </div>
      <Stack className={classes.context} gap="md">
        <Part title={t("facts")}>
          {item.facts.length ? <Facts facts={item.facts} /> : <Quiet>{t("noFacts")}</Quiet>}
        </Part>
        {item.product_reason && (
          <Part title={t("why")}>
            <Text size="sm">{item.product_reason}</Text>
          </Part>
        )}
        <Part title={t("findings")}>
          {findings.length ? <FindingsList findings={findings} /> : <Quiet>{t("noFindings")}</Quiet>}
        </Part>
        <Part title={`${t("client")} ${t("clientId", { id: item.client_id })}`}>
          <ClientWords features={item.features} events={item.events} />
        </Part>
      </Stack>
    </article>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} size="xs" fw={500} c="var(--ol-quiet)" mb={6}>
        {title}
      </Title>
      {children}
    </section>
  );
}

function Quiet({ children }: { children: string }) {
  return (
    <Text size="sm" c="var(--ol-quiet)">
      {children}
    </Text>
  );
}
