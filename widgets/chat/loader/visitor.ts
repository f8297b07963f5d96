/** In charge of what is kept on the host page: the visitor's opaque token, in its first-party storage. */
import type { Kept } from "../port";

const PREFIX = "madoguchi:";

export function kept(site: string): Kept | null {
  try {
    return JSON.parse(localStorage[PREFIX + site] ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

/** Keep it; null forgets. Where storage is refused the visit ends with the page. */
export function keep(site: string, what: Kept | null): void {
  try {
    localStorage[PREFIX + site] = JSON.stringify(what);
    if (!what) localStorage.removeItem(PREFIX + site);
  } catch {
    // The panel has it as long as it stands.
  }
}
