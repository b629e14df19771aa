// Money is whole rupiah. Both languages group as Indonesian does, so that a receipt looks the same everywhere.

const MINUS = "−";
const NO_BREAK_SPACE = "\u00a0";

/** `12500` as `Rp 12.500`, and `-20000` as `−Rp 20.000`. */
export function rupiah(amount: number): string {
  const sign = amount < 0 ? MINUS : "";
  return `${sign}Rp${NO_BREAK_SPACE}${grouped(Math.abs(amount))}`;
}

/** `1234567` as `1.234.567`. */
export function grouped(amount: number): string {
  const digits = String(Math.abs(Math.trunc(amount))).replace(/\B(?=(\d{3})+$)/g, ".");
  return amount < 0 ? `${MINUS}${digits}` : digits;
}

/** The digits of a typed amount as a number: `12.500` is 12500. Nothing typed is null. */
export function typedAmount(text: string): number | null {
  const digits = text.replace(/\D/g, "");
  if (digits === "") return null;
  const amount = Number(digits);
  return Number.isSafeInteger(amount) ? amount : null;
}

/** Beyond what three notes make, whole multiples of this. */
const STEP = 50_000;
const NOTES = [2_000, 5_000, 10_000, 20_000, 50_000, 100_000];

/**
 * Amounts that a guest is likely to hand over: `count` distinct amounts above `due` that at most three notes make, ascending,
 * then multiples of 50,000.
 */
export function quickCash(due: number, count = 3): number[] {
  if (due <= 0) return [];
  const sums = new Set<number>();
  const notes = [0, ...NOTES];
  for (const one of NOTES) for (const two of notes) for (const three of notes) sums.add(one + two + three);
  const likely = [...sums].filter((sum) => sum > due && needed(sum, due)).sort((a, b) => a - b);
  for (let sum = (Math.floor(due / STEP) + 1) * STEP; likely.length < count; sum += STEP) {
    if (!likely.includes(sum)) likely.push(sum);
  }
  return likely.sort((a, b) => a - b).slice(0, count);
}

/** Whether no note of this amount is superfluous: nobody pays 21,000 with 20,000 + 10,000 + 2,000. */
function needed(sum: number, due: number): boolean {
  return fewest(sum).every((note) => sum - note < due);
}

function fewest(sum: number): number[] {
  const used: number[] = [];
  let rest = sum;
  for (const note of [...NOTES].reverse()) {
    while (rest >= note) {
      used.push(note);
      rest -= note;
    }
  }
  return used;
}
