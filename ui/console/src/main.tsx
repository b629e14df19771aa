import "@mantine/core/styles.css";
import "mantine-datatable/styles.css";
import "@shared/theme/tokens.css";
import { DialogsProvider } from "@shared/parts/dialogs";
import { Providers } from "@shared/parts/providers";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { router } from "./routes";
import { SessionGate } from "./session";
import { texts } from "./text";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Providers texts={texts}>
      <SessionGate>
        <DialogsProvider>
          <RouterProvider router={router} />
        </DialogsProvider>
      </SessionGate>
    </Providers>
  </StrictMode>,
);
