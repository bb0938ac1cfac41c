import { queryOptions } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Product = Schemas["ProductOut"];
export type ProductDetail = Schemas["ProductDetail"];
export type ProductIn = Schemas["ProductIn"];
export type ProductChange = Schemas["ProductChange"];
export type Channel = Schemas["ChannelOut"];
export type ChannelIn = Schemas["ChannelIn"];
export type ChannelChange = Schemas["ChannelChange"];
export type Bank = Schemas["BankOut"];
export type Reference = Schemas["ReferenceOut"];
export type ChecklistItem = Schemas["ChecklistItem"];
export type ImportReport = Schemas["ImportReport"];
export type State = Product["state"];

const PAGE = 200;

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** All pages of a list that a person reads as a whole. */
async function all<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return items;
}

/** The living and the archived: filters of the page then answer at once. */
export const productsQuery = queryOptions({
  queryKey: ["catalogue", "products"],
  queryFn: async () => {
    const read = (state?: State) =>
      all<Product>((cursor) =>
        data(api.GET("/api/v1/products", { params: { query: { state, cursor, limit: PAGE } } })),
      );
    return (await Promise.all([read(), read("archived")])).flat();
  },
});

export function productQuery(code: string) {
  return queryOptions({
    queryKey: ["catalogue", "product", code],
    queryFn: () => data(api.GET("/api/v1/products/{code}", { params: { path: { code } } })),
  });
}

export const channelsQuery = queryOptions({
  queryKey: ["catalogue", "channels"],
  queryFn: async () => {
    const read = (state?: State) =>
      all<Channel>((cursor) =>
        data(api.GET("/api/v1/channels", { params: { query: { state, cursor, limit: PAGE } } })),
      );
    return (await Promise.all([read(), read("archived")])).flat();
  },
});

export function channelQuery(code: string) {
  return queryOptions({
    queryKey: ["catalogue", "channel", code],
    queryFn: () => data(api.GET("/api/v1/channels/{code}", { params: { path: { code } } })),
  });
}

export const bankQuery = queryOptions({
  queryKey: ["catalogue", "bank"],
  queryFn: () => data(api.GET("/api/v1/bank")),
});

/** Legal regimes with their checklists, facts and segments: they change with a release only. */
export const referenceQuery = queryOptions({
  queryKey: ["catalogue", "reference"],
  queryFn: () => data(api.GET("/api/v1/catalogue/conditions")),
  staleTime: Number.POSITIVE_INFINITY,
});

export function importFile(file: File, dryRun: boolean): Promise<ImportReport> {
  const form = new FormData();
  form.append("file", file, file.name);
  return data(
    api.POST("/api/v1/catalogue/import", {
      params: { query: { dry_run: dryRun } },
      // the description calls a file a string; a form passes through as it is
      body: form as unknown as Schemas["ImportFile"],
      bodySerializer: () => form,
    }),
  );
}
