// Makes a PNG smaller: at most 256 colors, which is enough for a page without photos.

import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The rows of an RGB or RGBA image of 8 bits, as the browser writes it. */
function pixels(png: Buffer): { width: number; height: number; size: number; rows: Buffer[] } {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const [width, height, size] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25] === 6 ? 4 : 3];
  const [data, length] = [inflateSync(Buffer.concat(parts)), width * size];
  const rows: Buffer[] = [];
  for (let y = 0; y < height; y++) {
    const from = y * (length + 1);
    const row = Buffer.from(data.subarray(from + 1, from + 1 + length));
    const above = rows[y - 1] ?? Buffer.alloc(length);
    for (let x = 0; x < length; x++) {
      const [a, b, c] = [row[x - size] ?? 0, above[x] as number, above[x - size] ?? 0];
      row[x] = ((row[x] as number) + predicted(data[from] as number, a, b, c)) & 255;
    }
    rows.push(row);
  }
  return { width, height, size, rows };
}

/** The filters of PNG: left, above, their mean, and Paeth's. */
function predicted(filter: number, a: number, b: number, c: number): number {
  if (filter < 4) return [0, a, b, (a + b) >> 1][filter] as number;
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

function crc(data: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc(named));
  return Buffer.concat([length, named, check]);
}

/** The same picture with at most 256 colors: similar ones become the first of them, so large areas keep theirs. */
export function reduced(png: Buffer): Buffer {
  const { width, height, size, rows } = pixels(png);
  for (let shift = 2; ; shift++) {
    const palette = new Map<number, number>();
    const colors: number[] = [];
    const indexed = rows.map((row) => {
      const line = Buffer.alloc(width + 1);
      for (let x = 0; x < width; x++) {
        const [r, g, b] = [row[x * size] as number, row[x * size + 1] as number, row[x * size + 2] as number];
        const key = ((r >> shift) << 16) | ((g >> shift) << 8) | (b >> shift);
        let index = palette.get(key);
        if (index === undefined) {
          index = palette.size;
          palette.set(key, index);
          colors.push(r, g, b);
        }
        line[x + 1] = index & 255;
      }
      return line;
    });
    if (palette.size > 256) continue;
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([8, 3], 8);
    const data = deflateSync(Buffer.concat(indexed), { level: 9 });
    return Buffer.concat([
      SIGNATURE,
      chunk("IHDR", head),
      chunk("PLTE", Buffer.from(colors)),
      chunk("IDAT", data),
      chunk("IEND", Buffer.alloc(0)),
    ]);
  }
}
