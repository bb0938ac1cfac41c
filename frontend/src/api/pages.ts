import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";

/** Change what has been read of all lists under `key`, page by page, without asking the server. */
export function changeItems<Item>(client: QueryClient, key: QueryKey, change: (item: Item) => Item): void {
  client.setQueriesData<InfiniteData<{ items: Item[] }>>(
    { queryKey: key },
    (lists) =>
      lists && {
        ...lists,
        pages: lists.pages.map((page) => ({ ...page, items: page.items.map(change) })),
      },
  );
}
