import { Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { View } from "./run";

interface ViewTabsProps {
  views: View[];
  picked: string;
  onPick: (id: string) => void;
}

/** The texts of one client side by side: variants, corrections, what was written anew. */
export function ViewTabs({ views, picked, onPick }: ViewTabsProps) {
  const { t } = useTranslation("compose");
  const numbered = views.filter((view) => view.kind !== "corrected" && view.wish === undefined);
  const name = (view: View): string => {
    if (view.kind === "corrected") return t("view.corrected");
    if (view.wish !== undefined) return view.wish ? `${t("view.again")}: ${view.wish}` : t("view.again");
    return numbered.length > 1 ? t("view.numbered", { number: numbered.indexOf(view) + 1 }) : t("view.text");
  };
  return (
    <Tabs value={picked} onChange={(id) => id && onPick(id)} variant="pills" keepMounted={false}>
      <Tabs.List>
        {views.map((view) => (
          <Tabs.Tab key={view.id} value={view.id} size="xs" maw={240}>
            {name(view)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
