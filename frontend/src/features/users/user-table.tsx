import { Anchor, Badge, Table, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import type { UserRow } from "@/features/users/queries";
import "@/features/users/texts";
import { formatAgo, formatMoment } from "@/i18n/format";
import classes from "./list.module.css";

interface UserTableProps {
  users: UserRow[];
  onOpen: (id: string) => void;
}

export function UserTable({ users, onOpen }: UserTableProps) {
  const { t } = useTranslation("users");
  return (
    <Table highlightOnHover verticalSpacing={8} horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("head.name")}</Table.Th>
          <Table.Th>{t("head.role")}</Table.Th>
          <Table.Th>{t("head.state")}</Table.Th>
          <Table.Th>{t("head.seen")}</Table.Th>
          <Table.Th>{t("head.created")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {users.map((user) => (
          <Row key={user.id} user={user} onOpen={onOpen} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ user, onOpen }: { user: UserRow; onOpen: (id: string) => void }) {
  const { t } = useTranslation("users");
  const me = useMe();
  const name = user.full_name || user.username;
  return (
    <Table.Tr className={classes.row} onClick={() => onOpen(user.id)}>
      <Table.Td data-whole>
        <Anchor
          component="button"
          type="button"
          underline="never"
          c="var(--mantine-color-text)"
          className={classes.name}
          aria-label={t("open", { name })}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(user.id);
          }}
        >
          {name}
        </Anchor>
        <Text size="xs" className={classes.quiet}>
          {user.username}
          {me?.id === user.id && ` · ${t("you")}`}
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge color={user.role === "admin" ? "petrol" : "gray"}>{t(`common:role.${user.role}`)}</Badge>
      </Table.Td>
      <Table.Td className={user.disabled ? classes.quiet : undefined}>
        <span className={classes.dot} data-off={user.disabled || undefined} />
        {t(user.disabled ? "off" : "on")}
      </Table.Td>
      <Table.Td>
        <Seen at={user.last_seen_at} />
      </Table.Td>
      <Table.Td className={classes.quiet}>{formatMoment(user.created_at)}</Table.Td>
    </Table.Tr>
  );
}

/** How long ago somebody did something, with the exact moment and what counts. */
export function Seen({ at }: { at: string | null }) {
  const { t } = useTranslation("users");
  if (!at) return <span className={classes.quiet}>{t("never")}</span>;
  return (
    <Tooltip label={t("seenHint", { moment: formatMoment(at) })} multiline maw={280}>
      <time dateTime={at}>{formatAgo(at)}</time>
    </Tooltip>
  );
}
