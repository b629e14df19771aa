import { SegmentedControl, Stack, useMantineColorScheme } from "@mantine/core";
import { type Language, useLanguage, useText } from "../text/provider";

/** Language and theme of this device. */
export function Preferences() {
  const t = useText();
  const { language, setLanguage } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Stack gap="xs">
      <SegmentedControl
        fullWidth
        aria-label={t("language")}
        value={language}
        onChange={(next) => setLanguage(next as Language)}
        data={[
          { value: "id", label: "Indonesia" },
          { value: "en", label: "English" },
        ]}
      />
      <SegmentedControl
        fullWidth
        aria-label={t("theme")}
        value={colorScheme}
        onChange={(next) => setColorScheme(next as "light" | "dark" | "auto")}
        data={[
          { value: "auto", label: t("theme.auto") },
          { value: "light", label: t("theme.light") },
          { value: "dark", label: t("theme.dark") },
        ]}
      />
    </Stack>
  );
}
