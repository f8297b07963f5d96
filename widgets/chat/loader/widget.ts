/** In charge of one widget on a page: its room, its panel's iframe, and what each command does to them. */
import { GREETING, type ToHost, type ToPanel } from "../port";
import type { BootOptions, Events } from "../surface";
import { makeLauncher, SMALL } from "./launcher";
import { onPage } from "./pages";
import { keep, kept } from "./visitor";
import { localeOf, t } from "./words";

export type Tell = (event: keyof Events, detail?: unknown) => void;
/** Commands that are said once; the others are said again to a panel that was loaded anew. */
const ONCE = /^(newM|open.|logo)/;

/** Answers what takes the commands. */
export function makeWidget(options: BootOptions, desk: string, tell: Tell): (...said: ToPanel) => void {
  const { site } = options;
  const end = new AbortController();
  const { signal } = end;
  const page = document.documentElement;
  const view = visualViewport;
  const small = matchMedia(SMALL);
  const frame = document.createElement("iframe");
  const [host, button, panel, show] = makeLauncher(() => turn(!open));
  let { locale = localeOf(), theme = "auto" } = options;
  let said: ToPanel[] = [["setLocale", locale], ["setTheme", theme]];
  let port: MessagePort | undefined;
  let here = false;
  let timer: ReturnType<typeof setTimeout>;
  let open = false;
  let hidden = options.launcher === false;
  let unread = 0;
  let token: string | undefined;

  function paint(): void {
    const phone = small.matches;
    const cover = open && phone;
    show(
      options.color ?? kept(site).color ?? "#2c4a86", options.position === "left", locale, options.label,
      // The panel of a phone covers everything and has its own way out, once it is there.
      cover ? here : hidden && !open, open, unread, phone,
    );
    // The on-screen keyboard makes the visible part smaller; the panel keeps to it, so that its box stays in sight.
    panel.style.cssText = cover && view?.scale === 1 ? `height:${view.height}px;translate:0 ${view.offsetTop}px` : "";
    // By itself dark only where the page is.
    const dark = getComputedStyle(page).colorScheme.includes("dark") ? "light dark" : "light";
    frame.style.cssText = `color-scheme:${theme === "auto" ? dark : theme};${here ? "" : "visibility:hidden"}`;
  }

  /** Under the root element, where a page that replaces its body does not reach. */
  function stand(): void {
    if (!host.isConnected) page.append(host);
  }

  function say(...words: ToPanel): void {
    port?.postMessage(words);
  }

  frame.onload = () => {
    const { port1, port2 } = new MessageChannel();
    here = false;
    port = port1;
    port1.onmessage = ({ data }: MessageEvent<ToHost>) => hear(data);
    // One message, to this very frame and this very origin; everything after it goes over the port.
    frame.contentWindow?.postMessage(GREETING, desk, [port2]);
    say("hello", token ? { token } : kept(site));
    say("shown", open, small.matches);
  };

  function hear([event, detail]: ToHost): void {
    if (event === "here") {
      here = true;
      said.forEach((each) => say(...each));
      said = said.filter(([command]) => !ONCE.test(command));
      if (open) frame.focus();
    } else if (event === "keep") {
      token = undefined;
      keep(site, detail && { ...kept(site), ...detail });
    } else if (event === "close") {
      turn(false);
    } else if (event === "title") {
      document.title = detail;
    } else {
      if (event === "unread") unread = detail.count;
      tell(event, detail);
    }
    paint();
  }

  /** Make the panel, and fetch it again for ever as long as it does not answer. */
  function fetchIt(): void {
    if (here || signal.aborted) return;
    stand();
    frame.title = t("Chat", locale);
    frame.src = `${desk}/chat/panel/${site}?lang=${locale}`;
    panel.append(frame);
    clearTimeout(timer);
    timer = setTimeout(fetchIt, 2e4 + Math.random() * 1e4);
  }

  function turn(to: boolean): void {
    if (open === to) return;
    open = to;
    if (!frame.src) fetchIt();
    paint();
    say("shown", open, small.matches);
    (to && here ? frame : button).focus();
    tell(to ? "open" : "close");
  }

  function take(...words: ToPanel): void {
    const [command, value] = words;
    if (command === "destroy") {
      end.abort();
      clearTimeout(timer);
      host.remove();
      return;
    }
    if (/^(open|close|toggle)$/.test(command)) turn(command === "toggle" ? !open : command === "open");
    else if (/Launcher/.test(command)) hidden = command < "i";
    else {
      // The last word counts, but tags add up and a profile is told in parts.
      if (/^(set|id)/.test(command)) said = said.filter(([other]) => other !== command);
      if (command === "setLocale") locale = value;
      if (command === "setTheme") theme = value;
      if (command === "logout") {
        // Forgotten here at once, and by the desk as soon as it hears of it: if need be by a panel made for this.
        said = said.filter(([other]) => /^set[PLT]/.test(other));
        unread = 0;
        token = kept(site).token;
        keep(site, null);
        if (token && !frame.src) fetchIt();
      } else if (ONCE.test(command)) turn(true);
      if (here) say(...words);
      if (!here || !ONCE.test(command)) said.push(words);
    }
    paint();
  }

  host.onkeydown = ({ key }) => key === "Escape" && turn(false);
  small.addEventListener("change", paint, { signal });
  for (const event of ["resize", "scroll"]) view?.addEventListener(event, paint, { signal });
  addEventListener("online", () => frame.src && fetchIt(), { signal });
  onPage((shown) => {
    stand();
    take("setPage", shown);
  }, signal);
  // A known visitor in the middle of something: the panel counts what is unread. Nobody else makes a request.
  if (options.presence || kept(site).live) setTimeout(() => frame.src || fetchIt(), 500);
  return take;
}
