import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "@/ui/states";

export function Lost() {
  const { t } = useTranslation();
  return (
    <Empty
      title={t("state.lost")}
      hint={t("state.lostHint")}
      action={
        <Button component={Link} to="/new" variant="default" mt="sm">
          {t("state.home")}
        </Button>
      }
    />
  );
}
