/** In charge of what stands on the host page: a shadow root with the round button and the room for the panel. */
import type { Locale } from "../surface";
import { t } from "./words";

/** Small windows: the panel covers all of them. */
export const SMALL = "(max-width:480px),(max-height:480px)";
/* Black or white on the colour, whichever has more contrast: 49.44 is the lightness where both have the same. */
const STYLE = `:host{all:initial}*{box-sizing:border-box}button,div{position:fixed;z-index:2147483000;right:20px;bottom:20px}
.left{right:auto;left:20px}
button{width:60px;height:60px;padding:16px;border:0;border-radius:50%;cursor:pointer;background:var(--c);color:#fff;color:lch(from var(--c) calc((49.44 - l)*infinity) 0 0);box-shadow:0 0 0 1px #fff8,0 4px 20px #0005}
button:focus-visible{outline:3px solid var(--c);outline-offset:3px}
svg{display:block;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}
b{position:absolute;top:-4px;right:-4px;min-width:22px;border-radius:11px;background:#c3121f;color:#fff;font:700 12px/22px system-ui}
b:empty{display:none}
div{bottom:92px;width:min(400px,100vw - 40px);height:min(680px,100dvh - 116px);border-radius:16px;overflow:hidden;background:Canvas;box-shadow:0 0 0 1px #0002,0 4px 20px #0005}
iframe{width:100%;height:100%;border:0}.shut{visibility:hidden}
@media ${SMALL}{div{inset:0!important;width:100%;height:100dvh;border-radius:0}}
@media(forced-colors:active){button,div{border:2px solid}}`;
const BUBBLE = "M21 12a8 8 0 0 1-12 7l-6 2 2-5A8 8 0 1 1 21 12z";
const CROSS = "M6 6l12 12M18 6L6 18";

type Show = (color: string, left: boolean, locale: Locale, label: string | undefined, hidden: boolean, open: boolean, unread: number, phone: boolean) => void;
export type Launcher = [host: HTMLElement, button: HTMLElement, panel: HTMLElement, show: Show];

function set(element: Element, values: Record<string, unknown>): void {
  for (const key in values) element.setAttribute(key, String(values[key]));
}

export function makeLauncher(toggle: () => void): Launcher {
  const make = (name: string, into: ParentNode, space = "1999/xhtml") =>
    into.appendChild(document.createElementNS(`http://www.w3.org/${space}`, name)) as HTMLElement;
  const host = document.createElement("madoguchi-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const button = make("button", root);
  const icon = make("svg", button, "2000/svg");
  const path = make("path", icon, "2000/svg");
  const count = make("b", button);
  const panel = make("div", root);
  button.onclick = toggle;
  set(icon, { viewBox: "0 0 24 24" });

  return [host, button, panel, (color, left, locale, label, hidden, open, unread, phone) => {
    const side = left ? "left" : "";
    const news = open || !unread ? "" : t(" ({n} unread)", locale).replace("{n}", `${unread}`);
    const name = (open ? t("Close the chat", locale) : label || t("Chat with us", locale)) + news;
    host.lang = locale;
    host.style.setProperty("--c", color);
    set(button, { class: side, "aria-label": name, "aria-expanded": open });
    set(path, { d: open ? CROSS : BUBBLE });
    set(panel, { class: open ? side : "shut", role: "dialog", "aria-label": t("Chat", locale), "aria-modal": open && phone });
    button.style.display = hidden ? "none" : "";
    count.textContent = news && `${unread}`;
  }];
}
