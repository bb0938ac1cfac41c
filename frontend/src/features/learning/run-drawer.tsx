import { Drawer } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useAddress } from "@/features/learning/address";
import { RunPanel } from "@/features/learning/run-panel";
import "@/features/learning/texts";

export function RunDrawer({ id }: { id: string }) {
  const { t } = useTranslation("learning");
  const { go } = useAddress();
  return (
    <Drawer
      opened
      onClose={() => go({ run: undefined })}
      position="right"
      size="min(100%, 960px)"
      title={t("run.title")}
    >
      <RunPanel id={id} />
    </Drawer>
  );
}
