import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const petrol: MantineColorsTuple = [
  "#e6f6f5",
  "#cfeae8",
  "#a0d5d1",
  "#6ebfb9",
  "#45aca5",
  "#2ba099",
  "#198f88",
  "#0b7a75",
  "#0b6e6e",
  "#04585a",
];

const ink: MantineColorsTuple = [
  "#c9ced6",
  "#b1b8c2",
  "#8a93a1",
  "#626c7b",
  "#414a58",
  "#323a46",
  "#262d37",
  "#1b2129",
  "#141920",
  "#0e1217",
];

/** One accent, an 8-px grid, tabular figures: see `theme.css` for what Mantine does not cover. */
export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 8, dark: 7 },
  colors: { petrol, dark: ink },
  fontFamily: "'Golos Text Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', 'Segoe UI Mono', monospace",
  headings: { fontWeight: "600" },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
  radius: { xs: "4px", sm: "6px", md: "8px", lg: "12px", xl: "16px" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", allowDeselect: false } },
    Alert: { styles: { title: { color: "var(--mantine-color-text)" } } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 350 } },
    Badge: {
      defaultProps: { variant: "light", radius: "sm", tt: "none" },
      styles: { label: { fontWeight: 500 } },
    },
  },
});

const readable = {
  "--mantine-color-dimmed": "var(--ol-quiet)",
  "--mantine-color-placeholder": "var(--ol-quiet)",
  "--mantine-color-error": "var(--ol-bad)",
};

/** Hints, placeholders and what is wrong with a field, so that they can be read: Mantine's own fall short of 4.5 : 1. */
export const variables: CSSVariablesResolver = () => ({ variables: {}, light: readable, dark: readable });
