// Percentages are whole basis points, hundredths of a percent: 10 % is 1000.

/** `12,5` or `-5` as basis points; null if it is no percentage with at most two decimals. */
export function typedPercent(text: string): number | null {
  const found = /^\s*([-−+]?)(\d{1,5})(?:[.,](\d{1,2}))?\s*%?\s*$/.exec(text);
  if (found === null) return null;
  const [, sign = "", whole = "0", part = ""] = found;
  const bp = Number(whole) * 100 + Number(part.padEnd(2, "0"));
  return sign === "-" || sign === "−" ? -bp : bp;
}

/** 1250 as `12,5`. */
export function percentText(bp: number): string {
  const [whole, part] = [Math.trunc(Math.abs(bp) / 100), Math.abs(bp) % 100];
  const decimals = String(part).padStart(2, "0").replace(/0+$/, "");
  return `${bp < 0 ? "−" : ""}${whole}${decimals === "" ? "" : `,${decimals}`}`;
}
