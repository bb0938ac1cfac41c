import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { exportAddress, useAddress } from "@/features/history/filters";
import "@/features/history/texts";

const FORMATS = ["xlsx", "csv", "ndjson"] as const;

/** The present filter as a file; the browser fetches it by itself, so that a large one blocks nothing. */
export function ExportMenu({ found }: { found: string | null }) {
  const { t } = useTranslation("history");
  const { filters, sort } = useAddress();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} stroke={1.6} />}>
          {t("common:act.export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {found && <Menu.Label>{t("exportHint", { shown: found })}</Menu.Label>}
        {FORMATS.map((format) => (
          <Menu.Item
            key={format}
            component="a"
            href={exportAddress(filters, sort, format)}
            download={`offers.${format}`}
          >
            {format.toUpperCase()}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
