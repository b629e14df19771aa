import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { queryClient } from "../api/query";
import { type AppTexts, TextProvider } from "../text/provider";
import { cssVariablesResolver, theme } from "../theme/theme";

/** What every app needs around its pages: theme, texts and server state. */
export function Providers({ texts, children }: { texts: AppTexts; children: ReactNode }) {
  const [queries] = useState(queryClient);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <TextProvider texts={texts}>{children}</TextProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
