/** In charge of what is kept on the host page: the visitor's opaque token and unsent words, in its storage. */
import type { Kept } from "../port";

const PREFIX = "madoguchi:";

export function kept(site: string): Kept {
  try {
    return JSON.parse(localStorage[PREFIX + site]) as Kept;
  } catch {
    return {};
  }
}

/** Keep it; null forgets. Where storage is refused the visit ends with the page. */
export function keep(site: string, what: Kept | null): void {
  try {
    if (what) localStorage[PREFIX + site] = JSON.stringify(what);
    else delete localStorage[PREFIX + site];
  } catch {
    // The panel has it as long as it stands.
  }
}
