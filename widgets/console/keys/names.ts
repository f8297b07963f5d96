/** In charge of what a key is called on the screen, and of the keys that an agent chose instead. */
import { preferences } from "../store/preferences";

const NAMES: Record<string, string> = { Escape: "Esc", Enter: "Enter" };

/** The key under which a command stands for this agent, by the one it has otherwise. */
export function keyOf(keys: string): string {
  return preferences.value.keys[keys] ?? keys;
}

/** As caps: `["⇧", "E"]`. */
export function caps(keys: string): string[] {
  return keys.split(" ").flatMap((key) => (/^[A-Z]$/.test(key) ? ["⇧", key] : [NAMES[key] ?? key.toUpperCase()]));
}

/** The agent's own key of a command, for a tooltip or a menu: `⇧E`. */
export function cap(keys: string): string {
  return caps(keyOf(keys)).join("");
}
