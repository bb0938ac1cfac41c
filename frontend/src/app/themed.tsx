import { MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { DatesProvider } from "@mantine/dates";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { theme, variables } from "@/app/theme";

/** The theme in the language of the page: every cross that closes something says so, and calendars speak it. */
export function Themed({ children, env }: { children: ReactNode; env?: "test" }) {
  const { t, i18n } = useTranslation();
  const close = t("act.close");
  const themed = useMemo(
    () =>
      mergeThemeOverrides(theme, { components: { CloseButton: { defaultProps: { "aria-label": close } } } }),
    [close],
  );
  return (
    <MantineProvider theme={themed} env={env} cssVariablesResolver={variables} defaultColorScheme="auto">
      <DatesProvider settings={{ locale: i18n.language, firstDayOfWeek: 1 }}>{children}</DatesProvider>
    </MantineProvider>
  );
}
