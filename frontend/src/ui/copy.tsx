import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

const SHOWN_MS = 1500;

/** Put a text on the clipboard; over plain http the browser offers only the old command. */
async function toClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Copies a text and says so; as an icon where the place is narrow. */
export function Copy({ text, compact = false }: { text: string; compact?: boolean }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void toClipboard(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), SHOWN_MS);
    });
  };
  const label = t(copied ? "act.copied" : "act.copy");
  const icon = copied ? <IconCheck size={16} stroke={1.6} /> : <IconCopy size={16} stroke={1.6} />;
  if (compact) {
    return (
      <Tooltip label={label}>
        <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={copy}>
          {icon}
        </ActionIcon>
      </Tooltip>
    );
  }
  return (
    <Button size="xs" variant="default" leftSection={icon} onClick={copy}>
      {label}
    </Button>
  );
}
