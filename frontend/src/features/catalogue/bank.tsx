import { SimpleGrid, TagsInput, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema";
import { Conflict } from "@/features/catalogue/conflict";
import { type Bank, bankQuery, productsQuery } from "@/features/catalogue/queries";
import { useRecord } from "@/features/catalogue/record";
import { SaveBar } from "@/features/catalogue/save-bar";
import "@/features/catalogue/texts";
import { bankQuery as shownBankQuery } from "@/ui/catalogue";
import { Card } from "@/ui/page";
import { Failed, Loading } from "@/ui/states";
import { useUnsaved } from "@/ui/unsaved";

type BankValues = Omit<Bank, "version" | "updated_at">;
type BankChange = components["schemas"]["BankChange"];

const LINES = [
  "app",
  "site",
  "phone",
  "agent",
  "insurer",
  "asset_manager",
  "disclosure_site",
  "address",
] as const satisfies readonly (keyof BankValues)[];
const HINTED: readonly string[] = ["agent"];

function bankValues({ version: _, updated_at: __, ...values }: Bank): BankValues {
  return values;
}

export function BankTab({ admin }: { admin: boolean }) {
  const bank = useQuery(bankQuery);
  if (bank.error && !bank.data) return <Failed error={bank.error} retry={() => void bank.refetch()} />;
  if (!bank.data) return <Loading />;
  return <BankForm bank={bank.data} admin={admin} />;
}

function BankForm({ bank, admin }: { bank: Bank; admin: boolean }) {
  const { t } = useTranslation("catalogue");
  const client = useQueryClient();
  const form = useRecord<Bank, BankValues>({
    record: bank,
    valuesOf: bankValues,
    send: (changes, version) =>
      data(api.PATCH("/api/v1/bank", { body: { ...(changes as Partial<BankChange>), version } })),
    read: () => client.fetchQuery({ ...bankQuery, staleTime: 0 }),
    onStored: (stored) => {
      client.setQueryData(bankQuery.queryKey, stored);
      void client.invalidateQueries({ queryKey: shownBankQuery.queryKey });
      // cards may hold what the profile held before
      void client.invalidateQueries({ queryKey: productsQuery.queryKey });
      void client.invalidateQueries({ queryKey: ["catalogue", "product"] });
    },
  });
  useUnsaved(form.draft.dirty, ["tab"]);
  const { values, set, conflict } = form.draft;
  return (
    <Card>
      {conflict && (
        <Conflict
          mine={form.draft.version}
          theirs={conflict.version}
          clashes={conflict.clashes}
          adopt={form.adopt}
        />
      )}
      <Text size="sm" c="var(--ol-quiet)" mb="md" maw={720}>
        {t("bankHint")}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <TextInput
          label={t("field.legal_name")}
          value={values.legal_name}
          onChange={(event) => set({ legal_name: event.currentTarget.value })}
          error={form.fieldError("/legal_name")}
          maxLength={200}
          readOnly={!admin}
        />
        <TagsInput
          label={t("field.names")}
          description={t("fieldHint.names")}
          value={values.names}
          onChange={(names) => set({ names })}
          error={
            form.fieldError("/names") ??
            values.names.map((_, place) => form.fieldError(`/names/${place}`)).find(Boolean)
          }
          maxTags={20}
          splitChars={[]}
          readOnly={!admin}
          acceptValueOnBlur
        />
        {LINES.map((line) => (
          <TextInput
            key={line}
            label={t(`field.${line}`)}
            description={HINTED.includes(line) ? t(`fieldHint.${line}`) : undefined}
            value={values[line]}
            onChange={(event) => set({ [line]: event.currentTarget.value })}
            error={form.fieldError(`/${line}`)}
            maxLength={300}
            readOnly={!admin}
          />
        ))}
      </SimpleGrid>
      {admin && <SaveBar form={form} updatedAt={bank.updated_at} plain />}
    </Card>
  );
}
