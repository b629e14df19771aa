import "@mantine/core/styles.css";
import "@shared/theme/tokens.css";
import "./display.css";
import { Providers } from "@shared/parts/providers";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { texts } from "./text";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Providers texts={texts}>
      <App />
    </Providers>
  </StrictMode>,
);
