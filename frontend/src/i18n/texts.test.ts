import { expect, it } from "vitest";
import { i18next, type Texts } from "@/i18n";

import.meta.glob("../{features,ui}/**/*texts.ts", { eager: true });

const FORMS = { ru: "few many one other", en: "one other" } as const;
/** Codes, and what is said to the model, are the same in any language; the name of a language is in its own. */
const ALIKE = /^(common:language|compose:(fileKinds|pasteExample|wish.*)|preview:lostForm|users:targetHint)$/;
const store = i18next.store.data as Record<keyof typeof FORMS, Record<string, Texts>>;

/** Every text by its whole name: "history:score.warnings". */
function flat(texts: Texts, before: string): [string, string][] {
  return Object.entries(texts).flatMap(([name, text]): [string, string][] =>
    typeof text === "string" ? [[before + name, text]] : flat(text, `${before}${name}.`),
  );
}

function all(language: keyof typeof FORMS): Map<string, string> {
  return new Map(Object.entries(store[language]).flatMap(([name, texts]) => flat(texts, `${name}:`)));
}

/** Texts by name without the plural form, each with its forms. */
function families(language: keyof typeof FORMS): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of all(language).keys()) {
    const [, stem = name, form] = /^(.+)_(zero|one|two|few|many|other)$/.exec(name) ?? [];
    found.set(stem, [...(found.get(stem) ?? []), ...(form && form !== "zero" ? [form] : [])]);
  }
  return found;
}

it("both languages say the same things", () => {
  expect(Object.keys(store.ru).length).toBeGreaterThan(8);
  expect([...families("ru").keys()].sort()).toEqual([...families("en").keys()].sort());
});

it.each(["ru", "en"] as const)("what is counted has every form of %s", (language) => {
  const wrong = [...families(language)].filter(
    ([, forms]) => forms.length && forms.sort().join(" ") !== FORMS[language],
  );
  expect(wrong).toEqual([]);
});

it("both languages fill in the same values", () => {
  const values = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort().join(" ");
  const english = all("en");
  const wrong = [...all("ru")].filter(([name, text]) => {
    const other = english.get(name);
    return other !== undefined && values(other) !== values(text);
  });
  expect(wrong).toEqual([]);
});

it("each language is written in its own letters", () => {
  const words = (text: string) => text.replace(/\{\{\w+\}\}|AUROC/g, "");
  const other = { ru: /^(?=.*\p{L})\P{Script=Cyrillic}*$/su, en: /\p{Script=Cyrillic}/u };
  const wrong = (["ru", "en"] as const).flatMap((language) =>
    [...all(language)].filter(([name, text]) => !ALIKE.test(name) && other[language].test(words(text))),
  );
  expect(wrong).toEqual([]);
});
