import { Alert, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { channelsOf, groupsOf } from "@/features/compliance/filter";
import { checkQuery, type Rule } from "@/features/compliance/queries";
import { Verdict } from "@/features/compliance/verdict";
import { useAddress } from "@/ui/address";
import "@/features/compliance/texts";
import { channelsInUseQuery, productsOnSaleQuery } from "@/ui/catalogue";
import { Card } from "@/ui/page";
import { Failed, Loading } from "@/ui/states";
import classes from "./compliance.module.css";

const PAUSE_MS = 400;

interface TryTabProps {
  rules: Rule[];
  text: string;
  setText: (text: string) => void;
}

/** Any text, judged as it is typed. */
export function TryTab({ rules, text, setText }: TryTabProps) {
  const { t } = useTranslation("compliance");
  const { search, go } = useAddress();
  const products = useQuery(productsOnSaleQuery);
  const channels = useQuery(channelsInUseQuery);
  const unlisted = products.error ?? channels.error;
  const [settled] = useDebouncedValue(text, PAUSE_MS);
  const product = search.product ?? "";
  const channel = search.channelOf ?? "";
  const check = useQuery(checkQuery({ text: settled, product, channel }));
  const complete = Boolean(text.trim() && product && channel);
  const asked = check.data?.asked;
  const stale = asked?.text !== text || asked.product !== product || asked.channel !== channel;
  return (
    <div className={classes.panel}>
      <Card>
        <Stack gap="sm">
          <Group grow gap="sm" align="flex-start">
            <Select
              label={t("try.product")}
              data={[
                { group: t("try.groups"), items: groupsOf(rules) },
                {
                  group: t("try.products"),
                  items: (products.data ?? []).map((one) => ({
                    value: one.code,
                    label: `${one.name} · ${one.code}`,
                  })),
                },
              ]}
              value={product || null}
              onChange={(next) => go({ product: next ?? undefined }, true)}
              searchable
            />
            <Select
              label={t("try.channel")}
              data={[
                {
                  group: t("try.families"),
                  items: channelsOf(rules).map((one) => ({ value: one, label: t(`channel.${one}`) })),
                },
                {
                  group: t("try.channels"),
                  items: (channels.data ?? []).map((one) => ({
                    value: one.code,
                    label: `${one.name} · ${one.code}`,
                  })),
                },
              ]}
              value={channel || null}
              onChange={(next) => go({ channelOf: next ?? undefined }, true)}
              searchable
            />
          </Group>
          {unlisted && (
            <Failed
              error={unlisted}
              retry={() => void Promise.all([products.refetch(), channels.refetch()])}
            />
          )}
          <Textarea
            label={t("try.text")}
            placeholder={t("try.placeholder")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autosize
            minRows={8}
            maxRows={20}
            maxLength={200_000}
          />
        </Stack>
      </Card>
      <Card>
        {!complete && (
          <Text c="var(--ol-quiet)" size="sm">
            {t("try.choose")}
          </Text>
        )}
        {complete && check.error && <Failed error={check.error} retry={() => void check.refetch()} />}
        {complete && !check.error && !check.data && <Loading height={120} />}
        {complete && !check.error && check.data && (
          <Verdict text={check.data.asked.text} report={check.data.report} stale={stale} />
        )}
        {complete && stale && check.data && (
          <Alert variant="transparent" color="gray" p={0} mt="xs">
            {t("try.stale")}
          </Alert>
        )}
      </Card>
    </div>
  );
}
