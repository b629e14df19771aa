// Mantine's theme with the colors of tokens.css, so that both themes keep their contrast.

import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from "@mantine/core";

/** A state color. Mantine wants ten shades; all of them are the token, which knows the theme. */
const token = (name: string): MantineColorsTuple => {
  const value = `var(--${name})`;
  return [value, value, value, value, value, value, value, value, value, value];
};

const TOKENS = ["primary", "ok", "wait", "bad", "info"];

/** Layers have the color of cards. */
const LAYER = { content: { background: "var(--surface)" }, header: { background: "var(--surface)" } };

export const theme = createTheme({
  colors: Object.fromEntries(TOKENS.map((name) => [name, token(name)])),
  primaryColor: "primary",
  defaultRadius: 8,
  radius: { xs: "4px", sm: "8px", md: "8px", lg: "12px", xl: "16px" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "24px", xl: "32px" },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontSizes: { xs: "14px", sm: "16px", md: "16px", lg: "18px", xl: "20px" },
  lineHeights: { xs: "1.4", sm: "1.4", md: "1.4", lg: "1.4", xl: "1.4" },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "24px" }, h2: { fontSize: "20px" }, h3: { fontSize: "18px" }, h4: { fontSize: "16px" } },
  },
  respectReducedMotion: true,
  components: {
    // No target is lower than 44 px.
    Button: {
      defaultProps: { size: "md" },
      vars: (_: unknown, { size }: { size?: unknown }) => ({
        root: size === "lg" || size === "xl" ? {} : { "--button-height": "44px" },
      }),
    },
    Input: { vars: () => ({ wrapper: { "--input-height": "44px" } }) },
    SegmentedControl: {
      defaultProps: { withItemsBorders: false },
      styles: { root: { background: "var(--sunken)" }, label: { paddingBlock: 11 } },
    },
    TextInput: { defaultProps: { size: "md" } },
    Select: { defaultProps: { size: "md", checkIconPosition: "right" } },
    Textarea: { defaultProps: { size: "md" } },
    Checkbox: { defaultProps: { radius: 4 } },
    Switch: { styles: { track: { border: "1px solid var(--control)" } } },
    PasswordInput: { defaultProps: { size: "md" }, vars: () => ({ root: { "--psi-button-size": "44px" } }) },
    Modal: {
      defaultProps: { transitionProps: { duration: 120 }, radius: 12, centered: true },
      styles: LAYER,
    },
    Drawer: { defaultProps: { transitionProps: { duration: 120 } }, styles: LAYER },
  },
  variantColorResolver: (input) => {
    const color = input.color ?? "primary";
    const plain = defaultVariantColorsResolver(input);
    if (!TOKENS.includes(color)) return plain;
    const soft = `var(--${color}-soft)`;
    const word = color === "primary" ? "var(--primary-text)" : `var(--${color})`;
    switch (input.variant) {
      case "filled":
        return {
          ...plain,
          background: `var(--${color})`,
          hover: color === "primary" ? "var(--primary-hover)" : `var(--${color})`,
          color: color === "bad" ? "var(--on-bad)" : color === "primary" ? "var(--on-primary)" : "var(--surface)",
          border: "1px solid transparent",
        };
      case "light":
        return { ...plain, background: soft, hover: soft, color: word, border: "1px solid transparent" };
      case "outline":
        return { ...plain, background: "transparent", hover: soft, color: word, border: "1px solid var(--control)" };
      case "subtle":
      case "transparent":
        return { ...plain, background: "transparent", hover: soft, color: word, border: "1px solid transparent" };
      default:
        return plain;
    }
  },
});

const variables = {
  "--mantine-color-body": "var(--bg)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--muted)",
  "--mantine-color-placeholder": "var(--muted)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--sunken)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-default-border": "var(--control)",
  "--mantine-color-error": "var(--bad)",
  "--mantine-color-anchor": "var(--primary-text)",
  "--mantine-primary-color-filled": "var(--primary)",
  "--mantine-primary-color-contrast": "var(--on-primary)",
  "--mantine-color-disabled": "var(--sunken)",
  "--mantine-color-disabled-color": "var(--muted)",
  "--mantine-color-disabled-border": "var(--border)",
  "--menu-item-hover": "var(--sunken)",
  ...Object.fromEntries(
    TOKENS.flatMap((name) => [
      [`--mantine-color-${name}-filled`, `var(--${name})`],
      [`--mantine-color-${name}-light`, `var(--${name}-soft)`],
      [`--mantine-color-${name}-light-color`, name === "primary" ? "var(--primary-text)" : `var(--${name})`],
      [`--mantine-color-${name}-outline`, `var(--${name})`],
    ]),
  ),
};

// Mantine draws the surfaces of its components with these in the dark; its own greys do not belong to our hue.
const dark = {
  ...variables,
  "--mantine-color-dark-1": "var(--muted)",
  "--mantine-color-dark-4": "var(--border)",
  "--mantine-color-dark-5": "var(--border)",
  "--mantine-color-dark-6": "var(--raised)",
  "--mantine-color-dark-7": "var(--surface)",
  "--mantine-color-dark-8": "var(--sunken)",
};

/** Overrides Mantine's own palette, which is too light for text. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({ variables: {}, light: variables, dark });
