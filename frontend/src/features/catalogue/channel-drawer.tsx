import {
  Drawer,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data } from "@/api/client";
import { ArchiveButton } from "@/features/catalogue/archive";
import { type ChannelValues, channelValues, FORMS, limitsShown } from "@/features/catalogue/channel-values";
import { Conflict } from "@/features/catalogue/conflict";
import { PartPrice } from "@/features/catalogue/part-price";
import { type Channel, type ChannelChange, channelQuery } from "@/features/catalogue/queries";
import { useRecord } from "@/features/catalogue/record";
import { SaveBar } from "@/features/catalogue/save-bar";
import { StateBadge } from "@/features/catalogue/state-badge";
import { useAddress } from "@/ui/address";
import { Code } from "@/ui/records";
import "@/features/catalogue/texts";
import { channelsInUseQuery } from "@/ui/catalogue";
import { Failed, Loading } from "@/ui/states";
import { useUnsaved } from "@/ui/unsaved";

export function ChannelDrawer({ code, admin }: { code: string; admin: boolean }) {
  const { go } = useAddress();
  const channel = useQuery(channelQuery(code));
  return (
    <Drawer
      opened
      onClose={() => go({ open: undefined })}
      position="right"
      size="min(100%, 560px)"
      title={
        <Group gap="xs">
          <Text fw={600} size="lg">
            {channel.data?.name ?? code}
          </Text>
          <Code>{code}</Code>
          {channel.data && <StateBadge state={channel.data.state} />}
        </Group>
      }
    >
      {channel.error && !channel.data && (
        <Failed error={channel.error} retry={() => void channel.refetch()} />
      )}
      {channel.isPending && <Loading />}
      {channel.data && <ChannelForm channel={channel.data} admin={admin} />}
    </Drawer>
  );
}

function ChannelForm({ channel, admin }: { channel: Channel; admin: boolean }) {
  const { t } = useTranslation("catalogue");
  const client = useQueryClient();
  const params = { path: { code: channel.code } };
  const form = useRecord<Channel, ChannelValues>({
    record: channel,
    valuesOf: channelValues,
    send: (changes, version) =>
      data(
        api.PATCH("/api/v1/channels/{code}", {
          params,
          body: { ...(changes as Partial<ChannelChange>), version },
        }),
      ),
    read: () => client.fetchQuery({ ...channelQuery(channel.code), staleTime: 0 }),
    onStored: (stored) => {
      client.setQueryData(channelQuery(channel.code).queryKey, stored);
      void client.invalidateQueries({ queryKey: ["catalogue", "channels"] });
      void client.invalidateQueries({ queryKey: channelsInUseQuery.queryKey });
    },
  });
  useUnsaved(form.draft.dirty, ["open", "tab"]);
  const { conflict } = form.draft;
  return (
    <>
      {conflict && (
        <Conflict
          mine={form.draft.version}
          theirs={conflict.version}
          clashes={conflict.clashes}
          entryName={(_, limit) => t(`limit.${limit}`)}
          adopt={form.adopt}
        />
      )}
      <ChannelFields
        values={form.draft.values}
        set={form.draft.set}
        error={form.fieldError}
        readOnly={!admin}
      />
      {admin && (
        <SaveBar form={form} updatedAt={channel.updated_at}>
          <ArchiveButton
            form={form}
            name={channel.name}
            archived={channel.state === "archived"}
            consequence={t("archiveChannel")}
            archive={(version) =>
              data(api.POST("/api/v1/channels/{code}/archive", { params, body: { version } }))
            }
            restore={(version) =>
              data(api.POST("/api/v1/channels/{code}/restore", { params, body: { version } }))
            }
          />
        </SaveBar>
      )}
    </>
  );
}

interface ChannelFieldsProps {
  values: ChannelValues;
  set: (patch: Partial<ChannelValues>) => void;
  error: (pointer: string) => string | undefined;
  readOnly: boolean;
}

function ChannelFields({ values, set, error, readOnly }: ChannelFieldsProps) {
  const { t } = useTranslation("catalogue");
  const putLimit = (limit: string, value: number | string) => {
    const { [limit]: _, ...others } = values.limits;
    set({ limits: value === "" ? others : { ...others, [limit]: Number(value) } });
  };
  return (
    <Stack gap="md">
      <TextInput
        label={t("field.name")}
        value={values.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={error("/name")}
        maxLength={300}
        readOnly={readOnly}
      />
      <Select
        label={t("field.form")}
        placeholder={t("noForm")}
        data={FORMS.map((form) => ({ value: form, label: t(`form.${form}`) }))}
        value={values.form}
        onChange={(form) => set({ form })}
        error={error("/form")}
        readOnly={readOnly}
        clearable={!readOnly}
      />
      <Textarea
        label={t("field.description")}
        value={values.description}
        onChange={(event) => set({ description: event.currentTarget.value.replace(/\n/g, " ") })}
        error={error("/description")}
        maxLength={1000}
        autosize
        minRows={2}
        readOnly={readOnly}
      />
      <div>
        <Text size="xs" c="var(--ol-quiet)" mb={4}>
          {t("limitsHint")}
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          {limitsShown(values.form, values.limits).map((limit) => (
            <NumberInput
              key={limit}
              label={t(`limit.${limit}`)}
              value={values.limits[limit] ?? ""}
              onChange={(value) => putLimit(limit, value)}
              error={error(`/limits/${limit}`)}
              min={1}
              max={100_000}
              allowDecimal={false}
              readOnly={readOnly}
            />
          ))}
        </SimpleGrid>
      </div>
      {values.form === "sms" && (
        <PartPrice
          price={values.part_price}
          set={(part_price) => set({ part_price })}
          error={error("/part_price")}
          readOnly={readOnly}
        />
      )}
      <Switch
        label={t("field.short")}
        description={t("fieldHint.short")}
        checked={values.short}
        onChange={(event) => !readOnly && set({ short: event.currentTarget.checked })}
        readOnly={readOnly}
      />
      <NumberInput
        label={t("field.position")}
        description={t("fieldHint.position")}
        value={values.position}
        onChange={(position) => set({ position: Number(position) || 0 })}
        error={error("/position")}
        min={0}
        max={100_000}
        allowDecimal={false}
        readOnly={readOnly}
        maw={200}
      />
    </Stack>
  );
}
