import { NumberInput, Select, SimpleGrid, Stack, Tabs, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data } from "@/api/client";
import { ArchiveButton } from "@/features/catalogue/archive";
import { AudienceFields } from "@/features/catalogue/audience-fields";
import { BenefitFields } from "@/features/catalogue/benefit-fields";
import { checklistOf, completeness } from "@/features/catalogue/checklist";
import { ConditionFields } from "@/features/catalogue/condition-fields";
import { Conflict } from "@/features/catalogue/conflict";
import { type FieldsProps, type ProductValues, productValues } from "@/features/catalogue/product-values";
import {
  type ProductChange,
  type ProductDetail,
  productQuery,
  type Reference,
} from "@/features/catalogue/queries";
import { useRecord } from "@/features/catalogue/record";
import { SaveBar } from "@/features/catalogue/save-bar";
import { useAddress } from "@/ui/address";
import "@/features/catalogue/texts";
import { productsOnSaleQuery } from "@/ui/catalogue";
import { useUnsaved } from "@/ui/unsaved";
import classes from "./catalogue.module.css";

/** The fields of each part of the form, by which a refusal finds its part. */
const PARTS = {
  main: ["name", "group", "value_line", "site_section", "position"],
  card: ["card"],
  benefits: ["benefits"],
  audience: ["audience"],
} as const;
type Part = keyof typeof PARTS;

interface ProductFormProps {
  product: ProductDetail;
  reference: Reference;
  admin: boolean;
}

export function ProductForm({ product, reference, admin }: ProductFormProps) {
  const { t } = useTranslation("catalogue");
  const { search, go } = useAddress();
  const client = useQueryClient();
  const params = { path: { code: product.code } };
  const form = useRecord<ProductDetail, ProductValues>({
    record: product,
    valuesOf: productValues,
    send: (changes, version) =>
      data(
        api.PATCH("/api/v1/products/{code}", {
          params,
          body: { ...(changes as Partial<ProductChange>), version },
        }),
      ),
    read: () => client.fetchQuery({ ...productQuery(product.code), staleTime: 0 }),
    onStored: (stored) => {
      client.setQueryData(productQuery(product.code).queryKey, stored);
      void client.invalidateQueries({ queryKey: ["catalogue", "products"] });
      void client.invalidateQueries({ queryKey: productsOnSaleQuery.queryKey });
    },
  });
  useUnsaved(form.draft.dirty, ["open", "tab"]);
  const { values } = form.draft;
  const listed = checklistOf(reference, values.group);
  const { required, missing } = completeness(listed, values.card);
  const part: Part = search.part && search.part in PARTS ? (search.part as Part) : "main";
  const outdated = (pointer: string) => product.outdated.find((one) => one.pointer === pointer)?.detail;
  const error = (pointer: string) => form.fieldError(pointer) ?? outdated(pointer);
  const entryName = (field: string, key: string): string => {
    if (field !== "audience") return listed.find((item) => item.key === key)?.label ?? key;
    return [...reference.facts, ...reference.segments].find((one) => one.code === key)?.name ?? key;
  };
  const fields: FieldsProps = { values, set: form.draft.set, error, readOnly: !admin };
  const counts: Partial<Record<Part, string>> = {
    card: listed.length ? `${required.length - missing.length}/${required.length}` : "",
    benefits: String(values.benefits.length),
    audience: String(values.audience.length),
  };
  return (
    <>
      {form.draft.conflict && (
        <Conflict
          mine={form.draft.version}
          theirs={form.draft.conflict.version}
          clashes={form.draft.conflict.clashes}
          entryName={entryName}
          adopt={form.adopt}
        />
      )}
      <Tabs value={part} onChange={(next) => go({ part: next ?? undefined }, true)}>
        <Tabs.List mb="md">
          {(Object.keys(PARTS) as Part[]).map((one) => (
            <Tabs.Tab
              key={one}
              value={one}
              rightSection={isWrong(form.error, one) ? <span className={classes.dot} /> : undefined}
            >
              {t(`part.${one}`)} {counts[one] && <span className={classes.need}>{counts[one]}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="main">
          <MainFields {...fields} reference={reference} />
        </Tabs.Panel>
        <Tabs.Panel value="card">
          <ConditionFields {...fields} listed={listed} />
        </Tabs.Panel>
        <Tabs.Panel value="benefits">
          <BenefitFields {...fields} />
        </Tabs.Panel>
        <Tabs.Panel value="audience">
          <AudienceFields {...fields} reference={reference} />
        </Tabs.Panel>
      </Tabs>
      {admin && (
        <SaveBar form={form} updatedAt={product.updated_at}>
          <ArchiveButton
            form={form}
            name={product.name}
            archived={product.state === "archived"}
            consequence={t("archiveProduct")}
            archive={(version) =>
              data(api.POST("/api/v1/products/{code}/archive", { params, body: { version } }))
            }
            restore={(version) =>
              data(api.POST("/api/v1/products/{code}/restore", { params, body: { version } }))
            }
          />
        </SaveBar>
      )}
    </>
  );
}

/** Whether a refusal points at a field of this part of the form. */
function isWrong(error: Error | null, part: Part): boolean {
  const pointers = (error as { errors?: { pointer: string }[] } | null)?.errors ?? [];
  const names: readonly string[] = PARTS[part];
  return pointers.some(({ pointer }) => names.includes(pointer.split("/")[1] ?? ""));
}

function MainFields({ values, set, error, readOnly, reference }: FieldsProps & { reference: Reference }) {
  const { t } = useTranslation("catalogue");
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
        label={t("field.group")}
        description={t("fieldHint.group")}
        placeholder={t("noGroupOption")}
        data={reference.groups.map((group) => ({ value: group.code, label: group.name }))}
        value={values.group}
        onChange={(group) => set({ group: group as ProductValues["group"] })}
        error={error("/group")}
        readOnly={readOnly}
        clearable={!readOnly}
        searchable
      />
      <Textarea
        label={t("field.value_line")}
        description={t("fieldHint.value_line")}
        value={values.value_line}
        onChange={(event) => set({ value_line: event.currentTarget.value.replace(/\n/g, " ") })}
        error={error("/value_line")}
        maxLength={300}
        autosize
        minRows={2}
        readOnly={readOnly}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label={t("field.site_section")}
          description={t("fieldHint.site_section")}
          value={values.site_section}
          onChange={(event) => set({ site_section: event.currentTarget.value })}
          error={error("/site_section")}
          maxLength={200}
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
      </SimpleGrid>
    </Stack>
  );
}
