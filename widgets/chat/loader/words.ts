/** In charge of the launcher's few words, in the language of the page. */
import japanese from "madoguchi-words";
import type { Locale } from "../surface";

export const localeOf = (): Locale => (document.documentElement.lang.startsWith("en") ? "en" : "ja");

/** A text in a language. The text is always a literal, so that the build can find it. */
export const t = (text: string, locale: Locale): string => (locale === "ja" && japanese[text]) || text;
