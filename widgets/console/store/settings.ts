/** In charge of what this agent likes on this device: theme, language, sort, which panes are open. */
import { computed, effect, signal } from "@preact/signals";
import { type Language, language, setLanguage } from "../../shared/words";

export type Theme = "auto" | "light" | "dark";
export type Sort = "waiting" | "recent" | "oldest";

interface Settings {
  theme: Theme;
  language: Language | null;
  sort: Sort;
  pane: boolean;
  dense: boolean;
}

const SORTS: readonly Sort[] = ["waiting", "recent", "oldest"];
const NAME = "madoguchi.console";
const DEFAULTS: Settings = { theme: "auto", language: null, sort: "waiting", pane: true, dense: false };

function stored(): Settings {
  try {
    const kept = { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(NAME) ?? "{}") as Partial<Settings>) };
    return SORTS.includes(kept.sort) ? kept : { ...kept, sort: DEFAULTS.sort };
  } catch {
    return DEFAULTS;
  }
}

const first = stored();
export const theme = signal<Theme>(first.theme);
export const sort = signal<Sort>(first.sort);
/** Whether the customer's pane is open: beside the thread this is remembered, over it it begins closed. */
const beside = signal(first.pane);
const over = signal(false);
const wide = matchMedia("(min-width: 1200px)");
const isWide = signal(wide.matches);
wide.addEventListener("change", () => (isWide.value = wide.matches));
export const pane = computed(() => (isWide.value ? beside.value : over.value));

/** Whether it lies over the thread just now. */
export const paneOver = computed(() => !isWide.value && over.value);

export function showPane(shown: boolean): void {
  if (isWide.peek()) beside.value = shown;
  else over.value = shown;
}
export const dense = signal(first.dense);
const chosen = signal<Language | null>(first.language);

export function chooseLanguage(next: Language): void {
  chosen.value = next;
  setLanguage(next);
}

/** The agent's own language, unless this device was set otherwise. */
export function greetIn(known: string): void {
  setLanguage(chosen.value ?? (known === "en" ? "en" : "ja"));
}

effect(() => {
  const root = document.documentElement;
  if (theme.value === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = theme.value;
  root.classList.toggle("dense", dense.value);
});

effect(() => {
  const all: Settings = {
    theme: theme.value,
    language: chosen.value,
    sort: sort.value,
    pane: beside.value,
    dense: dense.value,
  };
  try {
    localStorage.setItem(NAME, JSON.stringify(all));
  } catch {
    // A browser that keeps nothing still works.
  }
});

if (first.language) language.value = first.language;
