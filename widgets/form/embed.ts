// In charge of showing our form on other people's pages: <script src="…/forms/embed.js" data-form="contact" async>.
//
// data-mode="popup" shows a button (data-label) that opens the form in a dialog; data-lang, data-title and
// data-value-NAME (a field's first value) are optional. The page hears "madoguchi:form:sent" as a DOM event.

import { isTold } from "./heights";

const FIRST_HEIGHT = 640;

function mount(script: HTMLScriptElement): void {
  const form = script.dataset["form"];
  if (!form || script.dataset["mounted"]) return;
  script.dataset["mounted"] = "yes";
  const desk = new URL(script.src, location.href).origin;
  const frame = makeFrame(desk, form, script);
  const dialog = script.dataset["mode"] === "popup" ? popup(script, frame) : null;
  if (!dialog) script.after(frame);

  const hear = (message: MessageEvent): void => {
    // Both the sender's origin and the very frame: another frame of our own origin is not this form.
    if (message.origin !== desk || message.source !== frame.contentWindow || !isTold(message.data, form)) return;
    const told = message.data;
    if (told.event === "height" && typeof told.height === "number" && Number.isFinite(told.height)) {
      frame.style.height = `${Math.min(Math.max(Math.ceil(told.height), 120), 20000)}px`;
    } else if (told.event === "sent") {
      if (!dialog) frame.scrollIntoView({ block: "nearest" });
      script.dispatchEvent(
        new CustomEvent("madoguchi:form:sent", { bubbles: true, detail: { form, ticket: told.ticket ?? "" } }),
      );
    } else if (told.event === "close") {
      dialog?.close();
    }
  };
  addEventListener("message", hear);
}

function makeFrame(desk: string, form: string, script: HTMLScriptElement): HTMLIFrameElement {
  const address = new URL(`/forms/${encodeURIComponent(form)}`, desk);
  address.searchParams.set("embed", "1");
  address.searchParams.set("origin", location.origin);
  const language = script.dataset["lang"] ?? document.documentElement.lang.split("-")[0] ?? "";
  if (language) address.searchParams.set("lang", language);
  for (const { name, value } of script.attributes) {
    if (name.startsWith("data-value-")) address.searchParams.set(name.slice("data-value-".length), value);
  }
  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = script.dataset["title"] ?? (language === "en" ? "Contact form" : "お問い合わせフォーム");
  frame.loading = script.dataset["mode"] === "popup" ? "lazy" : "eager";
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  // A light page gets a light form even at night: the frame's scheme is what the form's media queries ask for.
  const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark");
  const scheme = dark ? "light dark" : "light";
  frame.style.cssText = `display:block;width:100%;height:${FIRST_HEIGHT}px;border:0;color-scheme:${scheme}`;
  return frame;
}

/** A button where the script stands, and a modal dialog: the browser keeps the focus in it and Esc closes it. */
function popup(script: HTMLScriptElement, frame: HTMLIFrameElement): HTMLDialogElement {
  const english = (script.dataset["lang"] ?? document.documentElement.lang).startsWith("en");
  const host = document.createElement("span");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host{all:initial}" +
      "button{font:600 16px/1.5 system-ui,sans-serif;cursor:pointer;border-radius:8px}" +
      ".open{padding:.65em 1.6em;border:0;background:#1f5fbf;color:#fff}" +
      "dialog{width:min(46rem,100vw - 2rem);max-height:calc(100dvh - 2rem);padding:0;border:0;border-radius:14px;" +
      "overflow:auto;background:Canvas;box-shadow:0 12px 60px rgb(0 0 0/.35)}" +
      "dialog::backdrop{background:rgb(0 0 0/.5)}" +
      ".close{position:sticky;top:.5rem;float:right;margin:.5rem;width:2.75rem;height:2.75rem;border:1px solid GrayText;" +
      "background:Canvas;color:CanvasText;z-index:1}" +
      "@media(max-width:40rem){dialog{width:100vw;max-width:none;height:100dvh;max-height:none;border-radius:0}}",
  );
  root.adoptedStyleSheets = [sheet];
  const open = document.createElement("button");
  open.type = "button";
  open.className = "open";
  open.textContent = script.dataset["label"] ?? (english ? "Contact us" : "お問い合わせ");
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", frame.title);
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.textContent = "×";
  close.setAttribute("aria-label", english ? "Close" : "閉じる");
  close.addEventListener("click", () => dialog.close());
  open.addEventListener("click", () => {
    dialog.showModal();
    frame.focus();
  });
  dialog.append(close, frame);
  root.append(open, dialog);
  script.after(host);
  return dialog;
}

for (const script of document.querySelectorAll<HTMLScriptElement>('script[data-form][src*="/forms/embed.js"]')) {
  mount(script);
}
