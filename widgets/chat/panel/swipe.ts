/** In charge of closing by a finger on a phone: whoever pulls the head down far enough pulls the panel away. */
import { tell } from "./bridge";
import { phone } from "./state";

const FAR = 90;

/** The head's own touches; the rest of the panel scrolls. */
export function swipe(event: TouchEvent): void {
  const main = (event.currentTarget as HTMLElement).parentElement as HTMLElement;
  const touch = event.touches[0];
  if (!phone.peek() || !touch || event.touches.length > 1) return;
  const from = touch.clientY;
  let way = 0;
  const end = new AbortController();
  const { signal } = end;
  addEventListener("touchmove", ({ touches }) => {
    way = Math.max(0, (touches[0]?.clientY ?? from) - from);
    main.style.translate = `0 ${way}px`;
  }, { signal });
  for (const name of ["touchend", "touchcancel"]) addEventListener(name, () => {
    end.abort();
    main.style.translate = "";
    if (way > FAR && name === "touchend") tell("close");
  }, { signal });
}
