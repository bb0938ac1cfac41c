import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Menu,
  NavLink,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconBooks,
  IconChartHistogram,
  IconChecklist,
  IconHistory,
  IconLanguage,
  IconListSearch,
  IconMailFast,
  IconMoon,
  IconPencilPlus,
  IconScale,
  IconSun,
  IconUser,
  IconUsers,
  IconVersions,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Problem } from "@/api/problem";
import { type Role, useMe } from "@/app/session";
import { setLanguage } from "@/i18n";
import { useRefused } from "@/ui/refused";
import { giveUp, useLeave } from "@/ui/unsaved";
import classes from "./shell.module.css";

const REVIEWERS: Role[] = ["marketer", "admin", "ml_engineer"];

/** The pages of the menu, with the roles that may open them. */
const PAGES = [
  { to: "/new", key: "compose", icon: IconPencilPlus, roles: [...REVIEWERS, "service"] },
  { to: "/batches", key: "batches", icon: IconMailFast, roles: [...REVIEWERS, "service"] },
  { to: "/review", key: "review", icon: IconChecklist, roles: REVIEWERS },
  { to: "/history", key: "history", icon: IconHistory, roles: [...REVIEWERS, "service"] },
  { to: "/quality", key: "quality", icon: IconChartHistogram, roles: REVIEWERS },
  { to: "/models", key: "models", icon: IconVersions, roles: REVIEWERS },
  { to: "/catalogue", key: "catalogue", icon: IconBooks, roles: REVIEWERS },
  { to: "/rules", key: "rules", icon: IconScale, roles: REVIEWERS },
  { to: "/users", key: "users", icon: IconUsers, roles: ["admin"] },
  { to: "/audit", key: "audit", icon: IconListSearch, roles: ["admin"] },
] as const satisfies readonly { to: string; key: string; icon: typeof IconUser; roles: readonly string[] }[];

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const me = useMe();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { t } = useTranslation();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !opened } }}
      classNames={{ header: classes.bar, navbar: classes.side }}
    >
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("nav.menu")} />
            <Link to="/new" className={classes.brand}>
              <img src="/icon.svg" alt="" width={26} height={26} />
              OfferLoop
            </Link>
          </Group>
          <Group gap={4} wrap="nowrap">
            <LanguageSwitch />
            <ThemeSwitch />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        {PAGES.filter((page) => me && (page.roles as readonly string[]).includes(me.role)).map((page) => (
          <NavLink
            key={page.to}
            component={Link}
            to={page.to}
            onClick={close}
            active={path.startsWith(page.to)}
            label={t(`nav.${page.key}`)}
            leftSection={<page.icon size={18} stroke={1.6} />}
            className={classes.link}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <Tooltip label={t("language")}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("language")}
        onClick={() => setLanguage(i18n.language === "ru" ? "en" : "ru")}
      >
        <IconLanguage size={18} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}

function ThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const { t } = useTranslation();
  const dark = useComputedColorScheme("light") === "dark";
  const label = t(dark ? "theme.light" : "theme.dark");
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        onClick={() => setColorScheme(dark ? "light" : "dark")}
      >
        {dark ? <IconSun size={18} stroke={1.6} /> : <IconMoon size={18} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** A session that is over already needs no ending. */
async function endSession(): Promise<void> {
  try {
    await api.DELETE("/api/v1/session");
  } catch (error) {
    if (!(error instanceof Problem && error.signedOut)) throw error;
  }
}

function AccountMenu() {
  const me = useMe();
  const client = useQueryClient();
  const { t } = useTranslation();
  const askFirst = useLeave();
  const leave = useMutation({
    mutationFn: endSession,
    onSuccess: () => {
      giveUp();
      client.clear();
      sessionStorage.clear(); // drafts hold clients, and the next user of this tab may be somebody else
      window.location.assign("/sign-in");
    },
    onError: useRefused(),
  });
  if (!me) return null;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={me.full_name || me.username}>
          <IconUser size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={500} c="var(--mantine-color-text)">
            {me.full_name || me.username}
          </Text>
          {t(`role.${me.role}`)}
        </Menu.Label>
        <Menu.Item component={Link} to="/account">
          {t("nav.account")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => askFirst(leave.mutate)}>{t("act.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
