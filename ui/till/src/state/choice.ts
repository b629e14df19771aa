// The choices of a piece: one of the product's variants, and options of its modifier groups. The price runs along.

import type { components } from "@shared/api/generated/outlet";
import type { CartModifier, Piece } from "./cart";

type Variant = components["schemas"]["Variant"];
type Group = components["schemas"]["ModifierGroup"];

/** What can be chosen of a product. */
export interface Choosable {
  id: string;
  name: string;
  price: number;
  unit?: string | null;
  qty_scale?: number;
  variants: Variant[];
  modifier_groups: Group[];
}

export interface Choices {
  variantId: string | null;
  /** Number of times that each option is chosen, by its id. */
  options: Readonly<Record<string, number>>;
}

/** What is missing or wrong with the choices. */
export type Problem = { kind: "variant" } | { kind: "few"; group: string; least: number } | { kind: "negative" };

export const NO_CHOICES: Choices = { variantId: null, options: {} };

export function hasChoices(product: Choosable): boolean {
  return product.variants.length > 0 || product.modifier_groups.length > 0;
}

/** The choices of a line, for changing it. */
export function choicesOf(piece: Piece): Choices {
  return {
    variantId: piece.variantId,
    options: Object.fromEntries(piece.modifiers.map((modifier) => [modifier.id, modifier.qty])),
  };
}

export function chosenIn(group: Group, choices: Choices): number {
  return group.options.reduce((sum, option) => sum + (choices.options[option.id] ?? 0), 0);
}

/** Whether one more option of this group may be chosen; in a group of one, another option replaces it. */
export function hasRoom(group: Group, choices: Choices): boolean {
  return group.max_selections === 1 || chosenIn(group, choices) < group.max_selections;
}

function withOptions(choices: Choices, options: Record<string, number>): Choices {
  return { ...choices, options: Object.fromEntries(Object.entries(options).filter(([, qty]) => qty > 0)) };
}

/** Chooses an option once more. In a group of one it replaces the other option, and a second tap takes it back. */
export function choose(group: Group, choices: Choices, optionId: string): Choices {
  const count = choices.options[optionId] ?? 0;
  if (group.max_selections === 1) {
    const cleared = Object.fromEntries(group.options.map((option) => [option.id, 0]));
    return withOptions(choices, { ...choices.options, ...cleared, [optionId]: count > 0 ? 0 : 1 });
  }
  if (!hasRoom(group, choices)) return choices;
  return withOptions(choices, { ...choices.options, [optionId]: count + 1 });
}

/** Takes an option back once. */
export function unchoose(choices: Choices, optionId: string): Choices {
  return withOptions(choices, { ...choices.options, [optionId]: (choices.options[optionId] ?? 0) - 1 });
}

/** The chosen options with their names and prices now. Options that no longer exist are left out. */
export function modifiers(product: Choosable, choices: Choices): CartModifier[] {
  return product.modifier_groups.flatMap((group) =>
    group.options
      .filter((option) => (choices.options[option.id] ?? 0) > 0)
      .map((option) => ({
        id: option.id,
        group: group.name,
        name: option.name,
        price: option.price_delta,
        qty: choices.options[option.id] ?? 0,
      })),
  );
}

/** Price of a piece with its choices, in rupiah. */
export function priceOf(product: Choosable, choices: Choices): number {
  const variant = product.variants.find((variant) => variant.id === choices.variantId);
  const added = modifiers(product, choices).reduce((sum, modifier) => sum + modifier.price * modifier.qty, 0);
  return (variant?.price ?? product.price) + added;
}

/** The first thing that the server would refuse. */
export function problem(product: Choosable, choices: Choices): Problem | null {
  if (product.variants.length > 0 && !product.variants.some((variant) => variant.id === choices.variantId)) {
    return { kind: "variant" };
  }
  const few = product.modifier_groups.find((group) => chosenIn(group, choices) < group.min_selections);
  if (few !== undefined) return { kind: "few", group: few.name, least: few.min_selections };
  return priceOf(product, choices) < 0 ? { kind: "negative" } : null;
}

/** Whether one tap answers everything: the product asks a single question with a single answer. */
export function asksOnce(product: Choosable): boolean {
  const [group, another] = product.modifier_groups;
  if (product.variants.length > 0) return group === undefined;
  return group !== undefined && another === undefined && group.max_selections === 1;
}

export function pieceOf(product: Choosable, choices: Choices, note = ""): Piece {
  const variant = product.variants.find((variant) => variant.id === choices.variantId);
  return {
    productId: product.id,
    name: product.name,
    variantId: variant?.id ?? null,
    variantName: variant?.name ?? null,
    modifiers: modifiers(product, choices),
    price: priceOf(product, choices),
    note,
    ...(isWeighed(product) && { unit: product.unit ?? "" }),
  };
}

/** Whether it is sold by weight, so that its quantity is asked for. */
export function isWeighed(product: Choosable): boolean {
  return product.qty_scale === 3;
}

/** Cheapest and dearest price without modifiers. */
export function priceRange(product: Choosable): [number, number] {
  if (product.variants.length === 0) return [product.price, product.price];
  const prices = product.variants.map((variant) => variant.price);
  return [Math.min(...prices), Math.max(...prices)];
}
