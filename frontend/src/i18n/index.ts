import dayjs from "dayjs";
import "dayjs/locale/ru";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { common } from "@/i18n/common";

export type Language = "ru" | "en";
/** Texts of a namespace in one language; plural forms end in _one, _few, _many, _other. */
export interface Texts {
  [key: string]: string | Texts;
}

const STORED = "offerloop.language";

function stored(): Language {
  return localStorage.getItem(STORED) === "en" ? "en" : "ru";
}

i18next.use(initReactI18next).init({
  lng: stored(),
  fallbackLng: "ru",
  ns: ["common"],
  defaultNS: "common",
  interpolation: { escapeValue: false },
  resources: {},
  initAsync: false,
  showSupportNotice: false,
});

/** Add the texts of a feature. Called when the feature's code is loaded, so that they are split with it. */
export function addTexts(namespace: string, texts: Record<Language, Texts>): void {
  for (const language of ["ru", "en"] as const) {
    i18next.addResourceBundle(language, namespace, texts[language], true, true);
  }
}

export function setLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
  dayjs.locale(language);
  void i18next.changeLanguage(language);
}

addTexts("common", common);
document.documentElement.lang = stored();
dayjs.locale(stored());

export { i18next };
