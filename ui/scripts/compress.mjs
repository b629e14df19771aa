// Compresses the built text files ahead, so that the servers never do: FILE.br and FILE.gz beside FILE, if they are smaller.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = new Set([
  ".css",
  ".html",
  ".js",
  ".json",
  ".map",
  ".mjs",
  ".svg",
  ".txt",
  ".wasm",
  ".webmanifest",
  ".xml",
]);
// A smaller file fits into one packet anyway.
const MIN_BYTES = 1024;

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
const gzip = (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });

let [files, before, after] = [0, 0, 0];
for (const entry of readdirSync("dist", { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !TEXT.has(extname(path))) continue;
  const bytes = readFileSync(path);
  const packed = [
    [".br", brotli],
    [".gz", gzip],
  ].map(([suffix, compress]) => {
    const smaller = bytes.length > MIN_BYTES ? compress(bytes) : bytes;
    if (smaller.length < bytes.length) writeFileSync(path + suffix, smaller);
    else rmSync(path + suffix, { force: true });
    return smaller.length;
  });
  files += 1;
  before += bytes.length;
  after += packed[0];
}
console.log(`compressed ${files} files: ${Math.ceil(before / 1024)} kB, with brotli ${Math.ceil(after / 1024)} kB`);
