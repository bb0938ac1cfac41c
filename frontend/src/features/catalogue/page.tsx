import { Tabs, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { BankTab } from "@/features/catalogue/bank";
import { ChannelsTab } from "@/features/catalogue/channels";
import { ImportTab } from "@/features/catalogue/import";
import { ProductsTab } from "@/features/catalogue/products";
import { useAddress } from "@/ui/address";
import "@/features/catalogue/texts";
import { Page } from "@/ui/page";

const TABS = ["products", "channels", "bank", "import"] as const;
type Tab = (typeof TABS)[number];

function isTab(value: string | undefined): value is Tab {
  return (TABS as readonly (string | undefined)[]).includes(value);
}

export function CataloguePage() {
  const { t } = useTranslation("catalogue");
  const { search, go } = useAddress();
  const admin = useMe()?.role === "admin";
  const tab = isTab(search.tab) ? search.tab : "products";
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      wide
      actions={
        !admin && (
          <Text size="sm" c="var(--ol-quiet)">
            {t("readOnly")}
          </Text>
        )
      }
    >
      <Tabs
        value={tab}
        onChange={(next) => go({ tab: next ?? undefined, open: undefined, part: undefined })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {TABS.filter((one) => admin || one !== "import").map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`tab.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="products">
          <ProductsTab admin={admin} />
        </Tabs.Panel>
        <Tabs.Panel value="channels">
          <ChannelsTab admin={admin} />
        </Tabs.Panel>
        <Tabs.Panel value="bank">
          <BankTab admin={admin} />
        </Tabs.Panel>
        <Tabs.Panel value="import">
          <ImportTab admin={admin} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
