/** In charge of the words on the screen: English source texts, their Japanese, and which language is on. */
import { signal } from "@preact/signals";
import japanese from "madoguchi-words";

export type Language = "ja" | "en";

export const language = signal<Language>(document.documentElement.lang.startsWith("en") ? "en" : "ja");

/** The text in the language that is on, with `{name}` places filled. Reading it subscribes a component to the
 *  language. The argument is always a literal, so that the build can find it. */
export function t(text: string, values?: Record<string, string | number>, words: Record<string, string> = japanese): string {
  const said = language.value === "ja" && !english ? (words[text] ?? text) : text;
  if (!values) return said;
  return said.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** Words of code that came later. */
export function learn(words: Record<string, string>): void {
  Object.assign(japanese, words);
}

let english = false;

/** What `words` says in English, whichever language is on: for whoever looks for something by its English name. */
export function inEnglish(words: () => string): string {
  english = true;
  try {
    return words();
  } finally {
    english = false;
  }
}

export function setLanguage(next: Language): void {
  language.value = next;
  document.documentElement.lang = next;
}
