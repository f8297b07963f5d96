/** In charge of what outlives a reload in the panel's own storage: words not yet acknowledged, and the draft. */
import { page } from "./page";

const PREFIX = `madoguchi:${page.site}:`;
/** For browsers that refuse storage in frames. */
const memory = new Map<string, string>();

function own(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

export function put(key: string, value: string): void {
  memory.set(key, value);
  try {
    own()?.setItem(PREFIX + key, value);
  } catch {
    // Full: memory has it.
  }
}

export function take(key: string): string {
  return own()?.getItem(PREFIX + key) ?? memory.get(key) ?? "";
}

export function drop(key: string): void {
  memory.delete(key);
  own()?.removeItem(PREFIX + key);
}

/** The keys that begin so. */
export function keys(begin: string): string[] {
  const store = own();
  const found = store ? Object.keys(store).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length)) : [];
  return [...new Set([...found, ...memory.keys()])].filter((key) => key.startsWith(begin));
}

export function wipe(): void {
  for (const key of keys("")) drop(key);
}
