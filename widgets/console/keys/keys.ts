/** In charge of the keyboard: which key does what, where; silent while text is typed or composed, and deaf to Ctrl+Alt,
 *  which is AltGr to half of Europe. */
import { computed } from "@preact/signals";
import { composing, mac, typing } from "../../shared/dom";
import { withParts } from "../later/coming";
import { preferences } from "../store/preferences";
import { openMenu } from "../ui/menu";
import { dialog } from "../ui/dialog";
import { keyOf } from "./names";

export interface Key {
  /** One key, or two after each other ("g m"). Capitals and signs say Shift themselves. */
  keys: string;
  words: () => string;
  group: () => string;
  /** The view that it goes to, if that is what it does. */
  view?: string;
  run: () => void;
}

export const all: Key[] = [];

/** Keys that mean the same everywhere and stay what they are. */
export const FIXED: ReadonlySet<string> = new Set(["Enter", "Escape", "?"]);

/** Raises when two commands would have one key. */
export function bind(keys: readonly Key[]): void {
  all.push(...keys);
  const twice = all.find((key, at) => all.findIndex((other) => other.keys === key.keys) < at);
  if (twice) throw new Error(`two commands on ${twice.keys}`);
}

/** What the agent's keys do; one of their own goes before what it means otherwise. */
const bound = computed(() => {
  const own = preferences.value.keys;
  const found = new Map<string, Key>();
  for (const key of all) if (!own[key.keys]) found.set(key.keys, key);
  for (const key of all) if (own[key.keys]) found.set(keyOf(key.keys), key);
  return found;
});

const SIGNS: Record<string, [plain: string, shifted: string]> = {
  Slash: ["/", "?"],
  Period: [".", ">"],
  Comma: [",", "<"],
  BracketLeft: ["[", "{"],
  BracketRight: ["]", "}"],
  Backslash: ["\\", "|"],
  IntlYen: ["\\", "|"],
  IntlRo: ["\\", "_"],
};
const NAMED = new Set(["Enter", "Escape"]);

/** The key that was meant. With a kana layout or an input method `event.key` is no Latin letter: where it stands on the
 *  keyboard tells it then. */
export function meantKey(event: KeyboardEvent): string | null {
  if (NAMED.has(event.key)) return event.key;
  if (/^[\x21-\x7e]$/.test(event.key))
    return event.shiftKey || /[^A-Z]/.test(event.key) ? event.key : event.key.toLowerCase();
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter) return event.shiftKey ? letter : letter.toLowerCase();
  const sign = SIGNS[event.code];
  return sign ? sign[event.shiftKey ? 1 : 0] : null;
}

let first: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || composing(event) || event.ctrlKey || event.altKey || event.metaKey) return;
  if (openMenu.peek() || dialog.peek() || typing(event.target)) return;
  const key = meantKey(event);
  if (!key) return;
  // A button that has the focus keeps its Enter.
  if (key === "Enter" && event.target instanceof Element && event.target.closest("button, a, summary, input")) return;
  const keys = bound.value;
  const found = (first !== null && keys.get(`${first} ${key}`)) || keys.get(key);
  const begins = first === null && [...keys.keys()].some((each) => each.startsWith(`${key} `));
  first = null;
  clearTimeout(timer);
  if (begins) {
    first = key;
    timer = setTimeout(() => (first = null), 1200);
  }
  if (found) {
    event.preventDefault();
    found.run();
  } else if (begins) event.preventDefault();
}

export function listen(): void {
  document.addEventListener("keydown", press);
}

/** The palette's key: also while text is typed, but never while an input method composes. */
export function listenForPalette(): void {
  document.addEventListener("keydown", (event) => {
    const chord = mac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (!chord || event.altKey || event.shiftKey || composing(event)) return;
    if (event.key.toLowerCase() !== "k" && event.code !== "KeyK") return;
    event.preventDefault();
    if (dialog.peek()) return;
    openMenu.value = null;
    withParts(({ showPalette }) => showPalette());
  });
}
