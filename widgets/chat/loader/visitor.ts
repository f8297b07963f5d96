/** In charge of what is kept on the host page: the visitor's opaque token, in its first-party storage. */
import type { Kept } from "../port";

const PREFIX = "madoguchi:";
/** For browsers that refuse storage: the visit then ends with the page. */
let memory: Kept | null = null;

export function kept(site: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + site) ?? "null") as Kept | null;
  } catch {
    return memory;
  }
}

/** Keep it; null forgets. */
export function keep(site: string, what: Kept | null): void {
  memory = what;
  try {
    if (what) localStorage.setItem(PREFIX + site, JSON.stringify(what));
    else localStorage.removeItem(PREFIX + site);
  } catch {
    // Memory has it.
  }
}
