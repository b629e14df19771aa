import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * The build of one app. `proxy` is the server that the development server forwards API
 * requests to, unless `GERAI_SERVER` names another one.
 */
export function app(name: string, base: string, proxy: string) {
  const api = { target: process.env.GERAI_SERVER ?? proxy, changeOrigin: false };
  return defineConfig({
    root: `${here}${name}`,
    base,
    plugins: [react()],
    css: { postcss: here },
    resolve: { alias: { "@shared": `${here}shared` } },
    build: {
      outDir: `${here}dist/${name}`,
      emptyOutDir: true,
      target: ["chrome111", "safari16.4", "firefox114"],
      // Fonts and pictures stay files: data: URLs cannot be cached on their own.
      assetsInlineLimit: 0,
    },
    server: { proxy: { "/api": api, "/v1": api } },
  });
}
