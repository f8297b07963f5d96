/** In charge of noticing that a single-page shop shows another page, without touching its `history`. */
import type { PageInfo } from "../surface";

/** Calls `run` after each change of page until the signal ends. The title of a page comes a moment after its address. */
export function onPage(run: () => void, signal: AbortSignal): void {
  let last = location.href;
  const look = () =>
    setTimeout(() => {
      if (signal.aborted || location.href === last) return;
      last = location.href;
      run();
    }, 200);
  const { navigation } = window as { navigation?: EventTarget };
  (navigation ?? window).addEventListener(navigation ? "currententrychange" : "popstate", look, { signal });
  document.addEventListener("turbo:load", look, { signal });
}

/** Address and title without query and fragment, which may hold secrets. */
export const thisPage = (): PageInfo => ({ url: location.origin + location.pathname, title: document.title });
