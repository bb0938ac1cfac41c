import { Tooltip, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "@/features/review/review.module.css";
import type { Entry } from "@/features/review/sitting";
import { useNames } from "@/ui/catalogue";
import "@/features/review/texts";

/** The last labels of the sitting, the latest first; each leads back to its text. */
export function Strip({ entries, onOpen }: { entries: Entry[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation(["review", "common"]);
  const names = useNames();
  if (!entries.length) return null;
  return (
    <nav className={classes.strip} aria-label={t("recent")}>
      {entries.map(({ item, wanted, author, saving }) => {
        if (!wanted) return null;
        const stuck = saving === "failed" || saving === "overtaken";
        const named = t(`common:label.${wanted.label}`);
        const said = t("goTo", {
          label: author ? t("decidedBy", { author, label: named }) : named,
          product: names.product(item.product),
          channel: names.channel(item.channel),
        });
        const label = saving === "saved" ? said : `${said}, ${t(`saving.${saving}`)}`;
        const Icon = stuck ? IconAlertTriangle : wanted.label === "success" ? IconCheck : IconX;
        return (
          <Tooltip key={item.offer_id} label={label}>
            <UnstyledButton
              className={classes.mark}
              data-label={wanted.label}
              data-saving={saving}
              aria-label={label}
              onClick={() => onOpen(item.offer_id)}
            >
              <Icon size={14} stroke={2} aria-hidden />
              <span>{item.product}</span>
            </UnstyledButton>
          </Tooltip>
        );
      })}
    </nav>
  );
}
