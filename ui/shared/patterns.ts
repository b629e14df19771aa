// Patterns of a scale's barcodes as people type them: one a line, a factor behind it if it is not 1.

interface Pattern {
  pattern: string;
  factor?: number;
}

export function patternsText(patterns: readonly Pattern[]): string {
  return patterns.map(({ pattern, factor = 1 }) => (factor === 1 ? pattern : `${pattern} × ${factor}`)).join("\n");
}

/** The typed patterns; null if a line is none. The server checks what is in them. */
export function typedPatterns(typed: string): Required<Pattern>[] | null {
  const lines = typed.split("\n").map((line) => line.trim().toUpperCase());
  const read = lines.filter(Boolean).map((line) => /^([0-9IPWC]{13})(?:\s*[×X*]\s*(\d{1,4}))?$/.exec(line));
  if (read.includes(null)) return null;
  return read.map((match) => ({ pattern: match?.[1] ?? "", factor: Number(match?.[2] ?? 1) }));
}
