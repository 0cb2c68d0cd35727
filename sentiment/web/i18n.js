// The language of the page: the browser's at first, then what the switch says, for this visit.

import { LIMITS, PHRASES } from "./translations.js";

const NAME = "sentiment-language";
let language = first();

/** Return the code of the language: "en" or "fr". */
export const current = () => language;

/** Choose a language and put its phrases in their places. */
export function choose(code) {
  language = code;
  try {
    sessionStorage.setItem(NAME, code);
  } catch {
    // it lasts until the page is loaded again
  }
  translate();
}

/** Put the phrases of the language in their places. */
export function translate() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-phrase]")) {
    element.textContent = say(element.dataset.phrase);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", button.dataset.language === language);
  }
}

/** Return a phrase with {names} and limits filled in; where it has plurals, values.count decides. */
export function say(name, values = {}) {
  let phrase = PHRASES[language][name];
  if (typeof phrase === "object") {
    phrase = phrase[new Intl.PluralRules(language).select(values.count)] ?? phrase.other;
  }
  return phrase.replace(/\{(\w+)\}/g, (_, key) => {
    const value = values[key] ?? LIMITS[key];
    return typeof value === "number" ? value.toLocaleString(language) : value;
  });
}

/** Return a share from 0 to 1 as per cent; what is not certain is never shown as 0 or 100. */
export function percent(share) {
  const shown = Math.min(Math.max(share, 0.001), 0.999);
  const digits = shown < 0.01 || shown > 0.99 ? 1 : 0;
  const style = { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits };
  return shown.toLocaleString(language, style);
}

function first() {
  const wished = [kept(), ...(navigator.languages ?? []), navigator.language];
  const codes = wished.filter(Boolean).map((tag) => tag.slice(0, 2).toLowerCase());
  return codes.find((code) => code in PHRASES) ?? "en";
}

function kept() {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}
