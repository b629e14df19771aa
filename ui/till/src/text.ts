import { type SharedTextId, useText as useAnyText, useWord as useAnyWord } from "@shared/text/provider";
import id from "../text/id.json";

async function english() {
  const [shared, own] = await Promise.all([import("@shared/text/en.json"), import("../text/en.json")]);
  return { ...shared.default, ...own.default };
}

export const texts = { id, en: english };
export type TextId = keyof typeof id | SharedTextId;

/** Texts of this app and of `shared`. */
export const useText = useAnyText<keyof typeof id>;

/** Words of stored values. */
export const useWord = useAnyWord<keyof typeof id>;
