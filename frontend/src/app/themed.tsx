import { MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { theme, variables } from "@/app/theme";

/** The theme in the language of the page: every cross that closes something says so. */
export function Themed({ children, env }: { children: ReactNode; env?: "test" }) {
  const { t } = useTranslation();
  const close = t("act.close");
  const themed = useMemo(
    () =>
      mergeThemeOverrides(theme, { components: { CloseButton: { defaultProps: { "aria-label": close } } } }),
    [close],
  );
  return (
    <MantineProvider theme={themed} env={env} cssVariablesResolver={variables} defaultColorScheme="auto">
      {children}
    </MantineProvider>
  );
}
