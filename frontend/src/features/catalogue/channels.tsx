import { Button, Select, Table } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ChannelDrawer } from "@/features/catalogue/channel-drawer";
import { limitsShown } from "@/features/catalogue/channel-values";
import { CreateRecord } from "@/features/catalogue/create";
import { NameCell } from "@/features/catalogue/name-cell";
import { channelsQuery } from "@/features/catalogue/queries";
import { StateBadge } from "@/features/catalogue/state-badge";
import { useAddress } from "@/ui/address";
import "@/features/catalogue/texts";
import { formatNumber } from "@/i18n/format";
import { Filters } from "@/ui/filters";
import { RecordRow, Records } from "@/ui/records";
import { Empty, Failed, Loading, Outdated } from "@/ui/states";

const STATES = ["ready", "draft", "archived"] as const;

export function ChannelsTab({ admin }: { admin: boolean }) {
  const { t } = useTranslation("catalogue");
  const { search, go } = useAddress();
  const channels = useQuery(channelsQuery);
  const retry = () => void channels.refetch();
  if (!channels.data) return channels.error ? <Failed error={channels.error} retry={retry} /> : <Loading />;
  const shown = channels.data.filter((one) =>
    search.state ? one.state === search.state : one.state !== "archived",
  );
  const limitsOf = (form: string | null, limits: Record<string, number>) =>
    limitsShown(form, limits)
      .filter((limit) => limit in limits)
      .map((limit) => `${t(`limit.${limit}`)}: ${formatNumber(limits[limit] ?? 0)}`)
      .join("; ") || "—";
  return (
    <>
      {channels.error && <Outdated error={channels.error} retry={retry} />}
      <Filters>
        <Select
          aria-label={t("column.state")}
          placeholder={t("filter.state")}
          data={STATES.map((state) => ({ value: state, label: t(`state.${state}`) }))}
          value={search.state ?? null}
          onChange={(state) => go({ state: state ?? undefined }, true)}
          clearable
        />
        {admin && (
          <Button ml="auto" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => go({ new: "1" })}>
            {t("newChannel")}
          </Button>
        )}
      </Filters>
      {!shown.length && <Empty title={t("none")} hint={t("noneHint")} />}
      {shown.length > 0 && (
        <Records>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("column.name")}</Table.Th>
              <Table.Th>{t("column.form")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("column.limits")}</Table.Th>
              <Table.Th>{t("column.state")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((channel) => (
              <RecordRow key={channel.code} open={channel.code} quiet={channel.state === "archived"}>
                <NameCell name={channel.name} code={channel.code} />
                <Table.Td>{channel.form ? t(`form.${channel.form}`) : t("noForm")}</Table.Td>
                <Table.Td visibleFrom="sm">{limitsOf(channel.form, channel.limits)}</Table.Td>
                <Table.Td>
                  <StateBadge state={channel.state} />
                </Table.Td>
              </RecordRow>
            ))}
          </Table.Tbody>
        </Records>
      )}
      {admin && search.new && <CreateRecord kind="channel" />}
      {search.open && <ChannelDrawer key={search.open} code={search.open} admin={admin} />}
    </>
  );
}
