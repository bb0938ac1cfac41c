import { Anchor, Table, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sayField, sayValue, word } from "@/features/users/audit-value";
import { type Told, tell } from "@/features/users/audit-words";
import type { AuditEntry } from "@/features/users/queries";
import "@/features/users/texts";
import { formatMoment } from "@/i18n/format";
import classes from "./list.module.css";

const SHOWN = 2;

interface AuditRowProps {
  entry: AuditEntry;
  /** Narrow the log to what was clicked. */
  onOnly: (filter: { actor?: string; target?: string }) => void;
}

export function AuditRow({ entry, onOnly }: AuditRowProps) {
  const { t } = useTranslation("users");
  const [open, setOpen] = useState(false);
  const told = tell(entry.action, entry.details);
  const actor = entry.actor === "system" && !entry.actor_id ? t("system") : entry.actor;
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Td className={classes.quiet}>
        <time dateTime={entry.at}>{formatMoment(entry.at)}</time>
      </Table.Td>
      <Table.Td>
        <Only value={actor} onClick={() => onOnly({ actor: entry.actor })} />
      </Table.Td>
      <Table.Td data-whole>{word(t, "action", entry.action)}</Table.Td>
      <Table.Td>
        <Only value={sayTarget(t, entry.target)} onClick={() => onOnly({ target: entry.target })} />
      </Table.Td>
      <Table.Td data-whole maw={520}>
        {(open ? told : told.slice(0, SHOWN)).map((one) => (
          <Change key={one.path.join("/")} told={one} clamped={!open} />
        ))}
        {open && (
          <Text size="xs" className={classes.quiet} mt={4}>
            {entry.address && `${t("from")} ${entry.address}`}
            {entry.address && entry.request_id && " · "}
            {entry.request_id && `${t("request")} ${entry.request_id}`}
          </Text>
        )}
        {(told.length > 0 || entry.address || entry.request_id) && (
          <Anchor
            component="button"
            type="button"
            size="xs"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {t(open ? "lessChanges" : "moreChanges")}
            {!open && told.length > SHOWN && ` (+${told.length - SHOWN})`}
          </Anchor>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** "user:olga" → "пользователь olga"; what is not of this form stays. */
function sayTarget(t: TFunction<"users">, target: string): string {
  const [kind = "", ...rest] = target.split(":");
  return [word(t, "kind", kind), rest.join(":")].join(" ").trim();
}

function Only({ value, onClick }: { value: string; onClick: () => void }) {
  const { t } = useTranslation("users");
  return (
    <UnstyledButton className={classes.only} fz="inherit" title={t("onlyThis", { value })} onClick={onClick}>
      {value}
    </UnstyledButton>
  );
}

function Change({ told, clamped }: { told: Told; clamped: boolean }) {
  const { t } = useTranslation("users");
  const name = told.path.map((step) => sayField(t, step)).join(" · ");
  return (
    <Text size="sm" className={classes.change} lineClamp={clamped ? 2 : undefined}>
      <span className={classes.quiet}>{name}: </span>
      {told.changed && (
        <>
          <VisuallyHidden>{t("was")} </VisuallyHidden>
          <del className={classes.was}>{sayValue(t, told.was)}</del>
          <span aria-hidden> → </span>
          <VisuallyHidden>{t("became")} </VisuallyHidden>
        </>
      )}
      <span>{sayValue(t, told.value)}</span>
    </Text>
  );
}
