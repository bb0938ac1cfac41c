import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  redirect,
  useRouter,
} from "@tanstack/react-router";
import { Problem } from "@/api/problem";
import { Lost } from "@/app/lost";
import { meQuery } from "@/app/session";
import { Shell } from "@/app/shell";
import { Failed, Loading } from "@/ui/states";

interface Context {
  client: QueryClient;
}

/** Search parameters as they stand in the address: each page reads the ones it knows. */
type Search = Record<string, string | undefined>;

function readSearch(raw: Record<string, unknown>): Search {
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [key, value === undefined ? undefined : String(value)]),
  );
}

const root = createRootRouteWithContext<Context>()({ notFoundComponent: Lost });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/users/sign-in"), "SignIn"),
});

/** Only reading the route anew asks the server again. */
function Broken({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = (): void => {
    reset();
    void router.invalidate();
  };
  return <Failed error={error} retry={retry} />;
}

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  pendingComponent: Loading,
  errorComponent: Broken,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.signedOut) {
        throw redirect({ to: "/sign-in", search: { back: location.href } });
      }
      throw error;
    }
  },
});

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/new" });
  },
});

const compose = createRoute({
  getParentRoute: () => inside,
  path: "/new",
  component: lazyRouteComponent(() => import("@/features/compose/page"), "ComposePage"),
});

const batches = createRoute({
  getParentRoute: () => inside,
  path: "/batches",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/batches/page"), "BatchesPage"),
});

const review = createRoute({
  getParentRoute: () => inside,
  path: "/review",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/review/page"), "ReviewPage"),
});

const history = createRoute({
  getParentRoute: () => inside,
  path: "/history",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/history/page"), "HistoryPage"),
});

const quality = createRoute({
  getParentRoute: () => inside,
  path: "/quality",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/quality/page"), "QualityPage"),
});

const models = createRoute({
  getParentRoute: () => inside,
  path: "/models",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/learning/page"), "ModelsPage"),
});

const catalogue = createRoute({
  getParentRoute: () => inside,
  path: "/catalogue",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/catalogue/page"), "CataloguePage"),
});

const rules = createRoute({
  getParentRoute: () => inside,
  path: "/rules",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/compliance/page"), "RulesPage"),
});

const users = createRoute({
  getParentRoute: () => inside,
  path: "/users",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/users/page"), "UsersPage"),
});

const audit = createRoute({
  getParentRoute: () => inside,
  path: "/audit",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("@/features/users/audit"), "AuditPage"),
});

const account = createRoute({
  getParentRoute: () => inside,
  path: "/account",
  component: lazyRouteComponent(() => import("@/features/users/account"), "AccountPage"),
});

const tree = root.addChildren([
  signIn,
  start,
  inside.addChildren([
    compose,
    batches,
    review,
    history,
    quality,
    models,
    catalogue,
    rules,
    users,
    audit,
    account,
  ]),
]);

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: "intent",
    defaultPendingMs: 200,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
