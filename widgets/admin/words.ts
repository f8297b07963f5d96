/** In charge of the letter beside a notice's words: made anew while somebody types, and drawn as its reader sees it. */
import { draw } from "../console/line/main";
import type { Message } from "../shared/line/objects";

const PAUSE = 400;
const REDRAWN = "redrawn";

/** The page in the frame: the card on LINE, and a mail's HTML as high as it is. */
function show(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-flex]"))
    draw(place, [JSON.parse(place.dataset.flex ?? "{}") as Message], () => "");
  for (const mail of document.querySelectorAll<HTMLIFrameElement>("iframe.mail")) {
    const fit = () => {
      const height = mail.contentDocument?.documentElement.scrollHeight;
      if (height) mail.style.height = `${height + 4}px`;
    };
    mail.addEventListener("load", fit);
    fit();
  }
}

/** The form: what is typed is asked for, and put into the frame, without a step in the browser's history. */
function follow(form: HTMLFormElement, frame: HTMLIFrameElement): void {
  let wait = 0;
  let newest = 0;
  const look = async () => {
    const mine = ++newest;
    const told = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    told.set("do", "look");
    const answer = await fetch(form.action, { method: "POST", body: told }).catch(() => null);
    const page = await answer?.text().catch(() => null);
    const shown = frame.contentDocument;
    if (mine !== newest || !page || !shown?.body) return;
    const made = new DOMParser().parseFromString(page, "text/html").body;
    const at = shown.documentElement.scrollTop;
    shown.body.replaceWith(shown.importNode(made, true));
    frame.contentWindow?.dispatchEvent(new Event(REDRAWN));
    shown.documentElement.scrollTop = at;
  };
  form.addEventListener("input", (event) => {
    if ((event.target as HTMLElement).closest("[data-aside]")) return;
    clearTimeout(wait);
    wait = window.setTimeout(() => void look(), PAUSE);
  });
}

const frame = document.querySelector<HTMLIFrameElement>("iframe[data-follows]");
const form = frame && document.querySelector<HTMLFormElement>(`form[data-follows="${frame.name}"]`);
if (frame && form) follow(form, frame);
if (document.querySelector("[data-letter]")) {
  show();
  addEventListener(REDRAWN, show);
}
