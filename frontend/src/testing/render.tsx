import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { type RenderResult, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import type { Role, User } from "@/app/session";
import { Themed } from "@/app/themed";

interface RenderOptions {
  /** Where the page stands, search included: "/history?label=none". The path must be the page's own. */
  at?: string;
  /** Who looks at it; a marketer unless told, nobody with `null`. */
  role?: Role | null;
}

interface RenderedPage extends RenderResult {
  client: QueryClient;
  user: ReturnType<typeof userEvent.setup>;
  /** Where the page stands now, search included. */
  address: () => string;
}

/** Calls are answered once: a test that waits for retries is slow and proves nothing. */
function testClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: 60_000 }, mutations: { retry: false } },
  });
}

function me(role: Role): User {
  return {
    id: "00000000-0000-7000-8000-000000000001",
    username: role,
    full_name: "Анна Петрова",
    role,
    disabled: false,
    created_at: "2026-01-12T09:00:00Z",
    updated_at: "2026-01-12T09:00:00Z",
  };
}

/**
 * Draw a page, or a part of one, inside everything that the application gives it: theme, query client, dialogs,
 * notices and a router in memory. The page is a child of the route `inside` as in the application, so that
 * `useSearch({ from: "/inside/history" })` works; the other pages are empty, yet can be gone to.
 */
export async function renderPage(
  page: ReactNode,
  { at = "/", role = "marketer" }: RenderOptions = {},
): Promise<RenderedPage> {
  const client = testClient();
  if (role) client.setQueryData(["me"], me(role));
  const path = at.split("?")[0] ?? "/";
  const root = createRootRoute();
  const inside = createRoute({ getParentRoute: () => root, id: "inside" });
  const place = createRoute({
    getParentRoute: () => inside,
    path,
    validateSearch: (raw: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(raw).map(([key, value]) => [key, value === undefined ? undefined : String(value)]),
      ),
    component: () => page,
  });
  const router = createRouter({
    routeTree: root.addChildren([inside.addChildren([place])]),
    history: createMemoryHistory({ initialEntries: [at] }),
    defaultNotFoundComponent: () => null,
  });
  await router.load();
  const result = render(
    <Themed env="test">
      <QueryClientProvider client={client}>
        <ModalsProvider>
          <Notifications />
          {/* the registered router type is the application's; this one has a single page */}
          <RouterProvider router={router as never} />
        </ModalsProvider>
      </QueryClientProvider>
    </Themed>,
  );
  return { ...result, client, user: userEvent.setup(), address: () => router.state.location.href };
}
