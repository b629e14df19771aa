import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { queryClient } from "../api/query";
import { type AppTexts, TextProvider } from "../text/provider";
import { cssVariablesResolver, theme } from "../theme/theme";

interface Props {
  texts: AppTexts;
  /** The theme until somebody chooses one on this device. */
  colorScheme?: "auto" | "dark";
  children: ReactNode;
}

/** What every app needs around its pages: theme, texts and server state. */
export function Providers({ texts, colorScheme = "auto", children }: Props) {
  const [queries] = useState(queryClient);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} defaultColorScheme={colorScheme}>
      <QueryClientProvider client={queries}>
        <TextProvider texts={texts}>{children}</TextProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
