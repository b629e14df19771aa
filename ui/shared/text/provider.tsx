import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { IntlProvider, useIntl } from "react-intl";
import { setApiLanguage } from "../api/client";
import sharedId from "./id.json";

export type Language = "id" | "en";
export type SharedTextId = keyof typeof sharedId;
export type Texts = Record<string, string>;
/** The texts of an app; English ones with those of `shared`. An app that must be small downloads them when somebody wants them. */
export interface AppTexts {
  id: Texts;
  en: Texts | (() => Promise<Texts>);
}
type Values = Record<string, string | number>;

const KEY = "gerai.language";

interface Choice {
  language: Language;
  setLanguage: (next: Language) => void;
}

const LanguageContext = createContext<Choice>({ language: "id", setLanguage: () => {} });

function stored(): Language {
  try {
    return localStorage.getItem(KEY) === "en" ? "en" : "id";
  } catch {
    return "id";
  }
}

/** Gives an app its texts in the device's language, Indonesian unless someone has chosen English. */
export function TextProvider({ texts, children }: { texts: AppTexts; children: ReactNode }) {
  const queries = useQueryClient();
  const [chosen, set] = useState(stored);
  const [english, setEnglish] = useState(typeof texts.en === "function" ? null : texts.en);
  const [failed, setFailed] = useState(false);
  const isMissing = chosen === "en" && english === null;
  useEffect(() => {
    if (!isMissing || failed || typeof texts.en !== "function") return;
    void texts.en().then(setEnglish, () => setFailed(true));
  }, [isMissing, failed, texts]);
  const language: Language = isMissing ? "id" : chosen;
  const change = useCallback((next: Language) => {
    setFailed(false);
    set(next);
  }, []);
  const before = useRef(language);
  useEffect(() => {
    if (before.current === language) return;
    before.current = language;
    // Messages of the server come in the language of the request.
    void queries.invalidateQueries();
  }, [language, queries]);
  const setLanguage = useCallback(
    (next: Language) => {
      change(next);
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // A browser without storage forgets the choice; the page works all the same.
      }
    },
    [change],
  );
  // The language belongs to the device: tabs follow each other.
  useEffect(() => {
    const follow = (event: StorageEvent) => {
      if (event.key === KEY) change(stored());
    };
    window.addEventListener("storage", follow);
    return () => window.removeEventListener("storage", follow);
  }, [change]);
  const messages = useMemo(
    () => (language === "en" && english !== null ? english : { ...sharedId, ...texts.id }),
    [language, english, texts],
  );
  setApiLanguage(language);
  if (typeof document !== "undefined") document.documentElement.lang = language;
  // The first words on the screen are in the chosen language; without an answer they are Indonesian.
  const waits = useRef(isMissing);
  if (!isMissing || failed) waits.current = false;
  const choice = useMemo(() => ({ language, setLanguage }), [language, setLanguage]);
  return (
    <LanguageContext.Provider value={choice}>
      <IntlProvider locale={language === "en" ? "en-GB" : "id-ID"} messages={messages} onError={report}>
        {waits.current ? null : children}
      </IntlProvider>
    </LanguageContext.Provider>
  );
}

function report(error: Error): void {
  throw error;
}

export function useLanguage(): Choice {
  return useContext(LanguageContext);
}

/**
 * As `useText`, for the words of stored values, such as `status.paid`. A value that this page does not know is shown as it is: the
 * server may be newer, or its database damaged.
 */
export function useWord<Id extends string = SharedTextId>(): (id: Id | SharedTextId) => string {
  const intl = useIntl();
  return useCallback(
    (id) => (id in intl.messages ? (intl.formatMessage({ id }) as string) : id.slice(id.indexOf(".") + 1)),
    [intl],
  );
}

/** The function that gives a text its words. `Id` are the ids of the app; those of `shared` always exist. */
export function useText<Id extends string = SharedTextId>(): (id: Id | SharedTextId, values?: Values) => string {
  const intl = useIntl();
  return useCallback((id, values) => intl.formatMessage({ id }, values) as string, [intl]);
}
