import sharedEn from "@shared/text/en.json";
import { useText as useAnyText } from "@shared/text/provider";
import en from "../text/en.json";
import id from "../text/id.json";

export const texts = { id, en: { ...sharedEn, ...en } };

/** Texts of this app and of `shared`. */
export const useText = useAnyText<keyof typeof id>;
