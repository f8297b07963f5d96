/** In charge of the picture beside a macro's fields: what LINE will show, drawn again while somebody types. */
import { draw } from "../console/line/main";
import type { Message } from "../shared/line/objects";

interface Drawn {
  messages: Message[];
  /** Of the first account on LINE, from which stickers have their pictures. */
  account: number | null;
  /** What LINE would not take; empty for what is only unfinished. */
  wrong: string;
}

const PAUSE = 250;

function follow(form: HTMLFormElement, place: HTMLElement): void {
  const [screen, trouble] = [place.querySelector<HTMLElement>(".line-drawn"), place.querySelector<HTMLElement>(".error")];
  if (!screen || !trouble) return;
  let wait = 0;
  let newest = 0;
  const look = async () => {
    const mine = ++newest;
    const answer = await fetch("/admin/macros/preview", {
      method: "POST",
      body: new URLSearchParams(new FormData(form) as unknown as Record<string, string>),
    }).catch(() => null);
    if (mine !== newest || !answer?.ok) return;
    const { messages, account, wrong } = (await answer.json()) as Drawn;
    trouble.textContent = wrong;
    if (messages.length || !wrong)
      draw(screen, messages, (sticker) => (account === null ? "" : `/api/v1/accounts/${account}/stickers/${sticker}/picture`));
    place.hidden = !messages.length && !wrong;
  };
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = window.setTimeout(() => void look(), PAUSE);
  });
  const fold = form.closest("details");
  if (fold && !fold.open) fold.addEventListener("toggle", () => void look(), { once: true });
  else void look();
}

for (const place of document.querySelectorAll<HTMLElement>("[data-drawn]")) {
  const form = place.closest("form");
  if (form) follow(form, place);
}
