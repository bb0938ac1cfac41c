import { Badge } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "./history.module.css";

/** What was said of a text, by word, sign and colour. */
export function LabelBadge({ label }: { label: string | null }) {
  const { t } = useTranslation();
  if (label !== "success" && label !== "failure") return <span className={classes.quiet}>—</span>;
  const good = label === "success";
  return (
    <Badge
      className={classes.badge}
      data-label={label}
      leftSection={good ? <IconCheck size={12} stroke={2} /> : <IconX size={12} stroke={2} />}
    >
      {t(`label.${label}`)}
    </Badge>
  );
}
