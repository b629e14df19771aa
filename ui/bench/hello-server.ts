// Serves the hello page as the outlet serves the till: compressed, its assets immutable.

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const TYPES: Record<string, string> = { html: "text/html", js: "text/javascript", css: "text/css" };

export async function serveHello(folder: string): Promise<{ url: string; server: Server }> {
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : (request.url ?? "/");
    try {
      const body = files.get(path) ?? brotliCompressSync(readFileSync(join(folder, path)));
      files.set(path, body);
      response.writeHead(200, {
        "content-type": TYPES[path.split(".").pop() ?? ""] ?? "application/octet-stream",
        "content-encoding": "br",
        "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
