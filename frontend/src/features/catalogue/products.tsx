import { Button, Select, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { checklistOf } from "@/features/catalogue/checklist";
import { Complete } from "@/features/catalogue/complete";
import { CreateRecord } from "@/features/catalogue/create";
import { NameCell } from "@/features/catalogue/name-cell";
import { ProductDrawer } from "@/features/catalogue/product-drawer";
import { type Product, productsQuery, type Reference, referenceQuery } from "@/features/catalogue/queries";
import { StateBadge } from "@/features/catalogue/state-badge";
import { useAddress } from "@/ui/address";
import "@/features/catalogue/texts";
import { formatMoment } from "@/i18n/format";
import { Filters } from "@/ui/filters";
import { RecordRow, Records } from "@/ui/records";
import { SearchField } from "@/ui/search-field";
import { Empty, Failed, Loading, Outdated } from "@/ui/states";

const STATES = ["ready", "draft", "archived"] as const;

function fits(product: Product, search: Record<string, string | undefined>): boolean {
  const q = search.q?.trim().toLowerCase() ?? "";
  const inState = search.state ? product.state === search.state : product.state !== "archived";
  const inGroup = !search.group || product.group === search.group;
  return inState && inGroup && `${product.code} ${product.name}`.toLowerCase().includes(q);
}

export function ProductsTab({ admin }: { admin: boolean }) {
  const { t } = useTranslation("catalogue");
  const { search, go } = useAddress();
  const products = useQuery(productsQuery);
  const reference = useQuery(referenceQuery);
  const failed = products.error ?? reference.error;
  const retry = () => void Promise.all([products.refetch(), reference.refetch()]);
  if (!products.data || !reference.data)
    return failed ? <Failed error={failed} retry={retry} /> : <Loading />;
  const shown = products.data.filter((product) => fits(product, search));
  return (
    <>
      {failed && <Outdated error={failed} retry={retry} />}
      <Filters>
        <SearchField
          label={t("filter.search")}
          value={search.q}
          onChange={(q) => go({ q }, true)}
          w={{ base: "100%", sm: 240 }}
        />
        <Select
          aria-label={t("column.group")}
          placeholder={t("filter.group")}
          data={reference.data.groups.map((group) => ({ value: group.code, label: group.name }))}
          value={search.group ?? null}
          onChange={(group) => go({ group: group ?? undefined }, true)}
          searchable
          clearable
        />
        <Select
          aria-label={t("column.state")}
          placeholder={t("filter.state")}
          data={STATES.map((state) => ({ value: state, label: t(`state.${state}`) }))}
          value={search.state ?? null}
          onChange={(state) => go({ state: state ?? undefined }, true)}
          clearable
        />
        <Text size="sm" c="var(--ol-quiet)" aria-live="polite">
          {t("filter.found", { count: shown.length })}
        </Text>
        {admin && (
          <Button ml="auto" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => go({ new: "1" })}>
            {t("newProduct")}
          </Button>
        )}
      </Filters>
      <ProductTable products={shown} reference={reference.data} />
      {admin && search.new && <CreateRecord kind="product" />}
      {search.open && <ProductDrawer key={search.open} code={search.open} admin={admin} />}
    </>
  );
}

function ProductTable({ products, reference }: { products: Product[]; reference: Reference }) {
  const { t } = useTranslation("catalogue");
  const { go } = useAddress();
  if (!products.length) {
    const reset = () => go({ q: undefined, group: undefined, state: undefined });
    return (
      <Empty
        title={t("none")}
        hint={t("noneHint")}
        action={
          <Button variant="default" onClick={reset}>
            {t("resetFilters")}
          </Button>
        }
      />
    );
  }
  const groupName = (code: string | null) => reference.groups.find((group) => group.code === code)?.name;
  return (
    <Records>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("column.name")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("column.group")}</Table.Th>
          <Table.Th>{t("column.card")}</Table.Th>
          <Table.Th>{t("column.state")}</Table.Th>
          <Table.Th visibleFrom="md">{t("column.updated")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {products.map((product) => (
          <RecordRow key={product.code} open={product.code} quiet={product.state === "archived"}>
            <NameCell name={product.name} code={product.code} />
            <Table.Td visibleFrom="sm">
              {groupName(product.group) ?? (
                <Text c="var(--ol-warn)" size="sm">
                  {t("noGroup")}
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              <Complete
                listed={checklistOf(reference, product.group)}
                card={product.card}
                outdated={product.outdated}
              />
            </Table.Td>
            <Table.Td>
              <StateBadge state={product.state} />
            </Table.Td>
            <Table.Td visibleFrom="md">{formatMoment(product.updated_at)}</Table.Td>
          </RecordRow>
        ))}
      </Table.Tbody>
    </Records>
  );
}
