/** In charge of noticing that a single-page shop shows another page, without touching its `history`. */
import type { PageInfo } from "../surface";

/** Tells this page, and each one after it, until the signal ends. A page's title comes a moment after its address. */
export function onPage(tell: (page: PageInfo) => void, signal: AbortSignal): void {
  let last: string;
  const look = () => {
    if (signal.aborted || location.href === last) return;
    last = location.href;
    // Without query and fragment, which may hold secrets.
    tell({ url: location.origin + location.pathname, title: document.title });
  };
  const { navigation = window } = window as { navigation?: EventTarget };
  for (const event of ["currententrychange", "popstate"]) navigation.addEventListener(event, () => setTimeout(look, 200), { signal });
  look();
}
