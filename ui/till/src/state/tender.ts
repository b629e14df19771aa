// How an order is paid: several tenders, cash rounding, change. The same rules as `crates/domain/src/payment.rs`; the server
// decides, this shows beforehand what it will decide.

export const METHODS = ["cash", "qris", "card", "transfer", "ewallet", "other"] as const;
export type Method = (typeof METHODS)[number];

/** Longest reference of a bank or wallet. */
export const MOST_REFERENCE = 60;

/** A tender of the chain's list, as far as the till needs it. */
export interface ChainTender {
  id: string;
  name: string;
  method: string;
  special?: string | null | undefined;
  needs_reference: boolean;
  position: number;
  active: boolean;
}

/** A way to pay: a tender of the chain, or a method without one. */
export interface Means {
  /** Unique among the ways to pay. */
  key: string;
  method: Method;
  tender: ChainTender | null;
}

/** What replaces a payment that never arrived; it pays for nothing. */
const WRITES_OFF = "writeoff";

/**
 * The ways to pay, by method. If the chain has tenders of a method, they are offered by their position instead of the
 * method. `corrects`: a payment that never arrived can also be written off.
 */
export function waysToPay(list: readonly ChainTender[] = [], corrects = false): Means[] {
  const accepted = list.filter(({ active, special }) => active && (corrects || special !== WRITES_OFF));
  accepted.sort((a, b) => a.position - b.position || (a.name < b.name ? -1 : 1));
  return METHODS.flatMap((method): Means[] => {
    const own = accepted.filter((tender) => tender.method === method);
    const ways = own.map((tender) => ({ key: tender.id, method, tender }));
    return own.some(({ special }) => special !== WRITES_OFF) ? ways : [{ key: method, method, tender: null }, ...ways];
  });
}

/** The ways to pay of an order from a delivery platform: the platform's tender comes first. */
export function platformFirst(ways: Means[], channel: string | null | undefined): Means[] {
  const isPlatform = ({ tender }: Means) => tender !== null && tender.id === channel;
  return [...ways.filter(isPlatform), ...ways.filter((means) => !isPlatform(means))];
}

export function writesOff({ tender }: Means): boolean {
  return tender?.special === WRITES_OFF;
}

/** What a payment by this way names. */
export function meansOf({ method, tender }: Means): { method: Method; tender_id?: string } {
  return tender === null ? { method } : { method, tender_id: tender.id };
}

/** Money that a guest hands over, in rupiah. */
export interface Tender {
  method: Method;
  /** A tender of the chain's list. */
  tender_id?: string;
  amount: number;
  /** Reference of the bank or wallet. */
  reference?: string;
}

export interface Rounding {
  /** In rupiah; 0 rounds nothing. */
  step: number;
  mode: "nearest" | "down" | "up";
}

export const NO_ROUNDING: Rounding = { step: 0, mode: "nearest" };

/** A tender as applied to what is due. */
export interface Applied extends Tender {
  /** What counts towards the order. */
  counts: number;
  rounding: number;
  change: number;
}

/** What has been taken so far. */
export interface Plan {
  applied: Applied[];
  paid: number;
  /** What is still due, without rounding; 0 once the order is settled. */
  due: number;
  rounding: number;
  /** What the guest gets back; never negative. */
  change: number;
  settled: boolean;
}

/** Why an amount is not accepted. */
export type Refusal = "nothing" | "over";

/** Rounds an amount due to what can be handed over in cash. */
export function roundCash(due: number, { step, mode }: Rounding): number {
  if (step <= 0) return due;
  const rest = due % step;
  if (mode === "down") return due - rest;
  if (mode === "up") return rest === 0 ? due : due - rest + step;
  return rest * 2 >= step ? due - rest + step : due - rest;
}

/** What settles `due` by this method. */
export function dueBy(method: Method, due: number, rounding: Rounding): number {
  return method === "cash" ? roundCash(due, rounding) : due;
}

/** Whether the server will accept this amount for what is due. */
export function refusal(due: number, tender: Tender, rounding: Rounding): Refusal | null {
  if (tender.amount <= 0) return dueBy(tender.method, due, rounding) > 0 || tender.amount < 0 ? "nothing" : null;
  return tender.method !== "cash" && tender.amount > due ? "over" : null;
}

function apply(due: number, tender: Tender, rounding: Rounding): Applied {
  const rounded = dueBy(tender.method, due, rounding);
  const toSettle = tender.amount >= rounded ? rounded : due;
  if (tender.amount < toSettle) return { ...tender, counts: tender.amount, rounding: 0, change: 0 };
  return { ...tender, counts: toSettle, rounding: toSettle - due, change: tender.amount - toSettle };
}

/** Applies tenders in their sequence to a total. Tenders after the one that settles are ignored. */
export function plan(total: number, tenders: readonly Tender[], rounding: Rounding): Plan {
  let due = total;
  let settled = false;
  const applied: Applied[] = [];
  for (const tender of tenders) {
    if (settled || refusal(due, tender, rounding) !== null) continue;
    const one = apply(due, tender, rounding);
    due = due + one.rounding - one.counts;
    settled = due === 0;
    applied.push(one);
  }
  const sum = (of: (one: Applied) => number) => applied.reduce((total, one) => total + of(one), 0);
  return {
    applied,
    paid: sum((one) => one.counts),
    due,
    rounding: sum((one) => one.rounding),
    change: sum((one) => one.change),
    settled,
  };
}

/**
 * Splits a total into equal parts that sum to it. Left-over rupiah go to the first parts. With a step of cash rounding every part but
 * the last is whole steps: only the payment that settles an order is rounded.
 */
export function equalParts(total: number, count: number, step = 0): number[] {
  const unit = Math.max(1, step);
  const part = Math.floor(total / count / unit) * unit;
  const left = total - part * count;
  if (step > 0) return Array.from({ length: count }, (_, at) => (at < count - 1 ? part : part + left));
  return Array.from({ length: count }, (_, at) => (at < left ? part + 1 : part));
}
