import { Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { HistoryTab } from "@/features/compliance/history";
import { rulesQuery } from "@/features/compliance/queries";
import { RuleDrawer } from "@/features/compliance/rule-drawer";
import { RulesTab } from "@/features/compliance/rules";
import { TryTab } from "@/features/compliance/try";
import { useAddress } from "@/ui/address";
import "@/features/compliance/texts";
import { Page } from "@/ui/page";
import { Failed, Loading, Outdated } from "@/ui/states";

const TABS = ["rules", "history", "try"] as const;

export function RulesPage() {
  const { t } = useTranslation("compliance");
  const { search, go } = useAddress();
  const admin = useMe()?.role === "admin";
  const rules = useQuery(rulesQuery);
  // the text outlives a look at a rule or at the history
  const [text, setText] = useState("");
  const tab = TABS.find((one) => one === search.tab) ?? "rules";
  const failed = rules.error && !rules.data;
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      wide
      actions={
        <Text size="sm" c="var(--ol-quiet)">
          {!admin && `${t("readOnly")}. `}
          {rules.data && t("version", { version: rules.data.version })}
        </Text>
      }
    >
      {failed && <Failed error={rules.error} retry={() => void rules.refetch()} />}
      {rules.isRefetchError && <Outdated error={rules.error} retry={() => void rules.refetch()} />}
      {rules.isPending && <Loading />}
      {rules.data && (
        <Tabs
          value={tab}
          onChange={(next) => go({ tab: next ?? undefined, open: undefined })}
          keepMounted={false}
        >
          <Tabs.List mb="md">
            {TABS.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {t(`tab.${one}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="rules">
            <RulesTab rules={rules.data.items} />
          </Tabs.Panel>
          <Tabs.Panel value="history">
            <HistoryTab />
          </Tabs.Panel>
          <Tabs.Panel value="try">
            <TryTab rules={rules.data.items} text={text} setText={setText} />
          </Tabs.Panel>
          {search.open && (
            <RuleDrawer key={search.open} id={search.open} rules={rules.data.items} admin={admin} />
          )}
        </Tabs>
      )}
    </Page>
  );
}
