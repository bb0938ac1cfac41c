import { Button, Menu, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { MOST_XLSX_ROWS, useDownload } from "@/app/download";
import { exportAddress, useAddress } from "@/features/history/filters";
import { formatNumber } from "@/i18n/format";
import "@/features/history/texts";

const FORMATS = ["xlsx", "csv", "ndjson"] as const;

/** The present filter as a file; the browser fetches it by itself, so that a large one blocks nothing. */
export function ExportMenu({ found, total }: { found: string | null; total: number }) {
  const { t } = useTranslation("history");
  const download = useDownload();
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
            onClick={download}
          >
            {format.toUpperCase()}
            {/* so large a total is an estimate: only the server knows whether the rows fit */}
            {format === "xlsx" && total >= MOST_XLSX_ROWS && (
              <Text size="xs" c="var(--ol-quiet)">
                {t("exportTooLong", { shown: formatNumber(MOST_XLSX_ROWS - 1) })}
              </Text>
            )}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
