import type { AuditTextId } from "@shared/audit/events";
import auditEn from "@shared/audit/text/en.json";
import auditId from "@shared/audit/text/id.json";
import sharedEn from "@shared/text/en.json";
import { type SharedTextId, useText as useAnyText, useWord as useAnyWord } from "@shared/text/provider";
import en from "../text/en.json";
import id from "../text/id.json";

export const texts = { id: { ...auditId, ...id }, en: { ...sharedEn, ...auditEn, ...en } };
export type TextId = keyof typeof id | AuditTextId | SharedTextId;

/** Texts of this app and of `shared`. */
export const useText = useAnyText<keyof typeof id | AuditTextId>;

/** Words of stored values. */
export const useWord = useAnyWord<keyof typeof id>;
