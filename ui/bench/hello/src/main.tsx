// The least page of this stack: theme, texts, server state, one button. The till's start is measured beside it.
import "@mantine/core/styles/global.css";
import "@mantine/core/styles/Button.css";
import "@shared/theme/tokens.css";
import { Button } from "@mantine/core";
import { Providers } from "@shared/parts/providers";
import { createRoot } from "react-dom/client";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <Providers texts={{ id: {}, en: {} }}>
    <Button>Halo</Button>
  </Providers>,
);
