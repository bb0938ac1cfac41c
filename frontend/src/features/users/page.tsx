import { Button, SegmentedControl, Select, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { CreateUser } from "@/features/users/create-user";
import { type UserFilters, usersQuery } from "@/features/users/queries";
import { ROLES } from "@/features/users/roles";
import { More } from "@/ui/more";
import { SearchField } from "@/ui/search-field";
import "@/features/users/texts";
import { UserDrawer } from "@/features/users/user-drawer";
import { UserTable } from "@/features/users/user-table";
import { useHotkeys } from "@/ui/hotkeys";
import { Key } from "@/ui/kbd";
import { Page } from "@/ui/page";
import { Empty, Failed, Loading, Outdated } from "@/ui/states";
import classes from "./list.module.css";

interface Search {
  q?: string;
  role?: string;
  state?: string;
  user?: string;
  create?: string;
}

/** The filters that the address names; what it names wrongly is left out. */
function filtersOf(search: Search): UserFilters {
  return {
    q: search.q || undefined,
    role: ROLES.find((role) => role === search.role),
    disabled: search.state === "disabled" ? true : search.state === "active" ? false : undefined,
  };
}

export function UsersPage() {
  const { t } = useTranslation("users");
  const search: Search = useSearch({ from: "/inside/users" });
  const navigate = useNavigate();
  const box = useRef<HTMLInputElement>(null);
  const filters = filtersOf(search);
  const list = useInfiniteQuery(usersQuery(filters));
  const set = (change: Search, replace = true): void =>
    void navigate({ to: "/users", search: (old) => ({ ...old, ...change }), replace });
  const reset = (): void => set({ q: undefined, role: undefined, state: undefined });
  const startCreating = (): void => set({ create: "1" }, false);
  const focusSearch = (): void => box.current?.focus();
  useHotkeys({ KeyN: startCreating, Slash: focusSearch });
  const users = list.data?.pages.flatMap((page) => page.items);
  const total = list.data?.pages[0]?.total;
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      actions={
        <Button
          leftSection={<IconPlus size={16} stroke={1.8} />}
          rightSection={<Key>N</Key>}
          onClick={startCreating}
        >
          {t("add")}
        </Button>
      }
      wide
    >
      <search className={classes.bar}>
        <SearchField
          ref={box}
          className={classes.grow}
          label={t("search")}
          rightSection={<Key>/</Key>}
          value={search.q}
          onChange={(q) => set({ q })}
          maxLength={100}
        />
        <Select
          aria-label={t("roleOf")}
          data={[
            { value: "", label: t("anyRole") },
            ...ROLES.map((role) => ({ value: role, label: t(`common:role.${role}`) })),
          ]}
          value={filters.role ?? ""}
          onChange={(role) => set({ role: role || undefined })}
          w={176}
        />
        <SegmentedControl
          size="sm"
          aria-label={t("access")}
          data={[
            { value: "", label: t("anyState") },
            { value: "active", label: t("active") },
            { value: "disabled", label: t("disabled") },
          ]}
          value={filters.disabled === undefined ? "" : filters.disabled ? "disabled" : "active"}
          onChange={(state) => set({ state: state || undefined })}
        />
        {total !== undefined && (
          <Text size="sm" className={`${classes.quiet} ${classes.count}`} role="status">
            {t("total", { count: total })}
          </Text>
        )}
      </search>
      {list.isRefetchError && <Outdated error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.isError && !users && <Failed error={list.error} retry={() => void list.refetch()} />}
      {users?.length === 0 && (
        <Empty
          title={t("nobody")}
          hint={t("nobodyHint")}
          action={
            <Button variant="default" onClick={reset}>
              {t("common:act.reset")}
            </Button>
          }
        />
      )}
      {users && users.length > 0 && (
        <div className={classes.frame} data-stale={list.isPlaceholderData || undefined}>
          <UserTable users={users} onOpen={(user) => set({ user }, false)} />
          <More {...list} />
        </div>
      )}
      {search.create && <CreateUser onClose={() => set({ create: undefined })} />}
      {search.user && (
        <UserDrawer
          key={search.user}
          id={search.user}
          known={users?.find((user) => user.id === search.user)}
          onClose={() => set({ user: undefined })}
        />
      )}
    </Page>
  );
}
