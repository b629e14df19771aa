import { type Language, useLanguage } from "@shared/text/provider";
import { createIntl } from "react-intl";
import en from "./text/en.json";
import id from "./text/id.json";

type TextId = keyof typeof id;

const INTL: Record<Language, ReturnType<typeof createIntl>> = {
  id: createIntl({ locale: "id-ID", messages: id }),
  en: createIntl({ locale: "en-GB", messages: en }),
};

/** The texts of this part, which is a download of its own. */
export function usePrintText(): (id: TextId, values?: Record<string, string | number>) => string {
  const { language } = useLanguage();
  return (id, values) => INTL[language].formatMessage({ id }, values) as string;
}
