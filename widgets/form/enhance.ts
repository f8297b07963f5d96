// In charge of what scripts add to a form that works without them: errors before sending, one send, a fitting frame.

import { KIND, type Told } from "./heights";
import { offerArticles } from "./offers";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const form = document.querySelector<HTMLFormElement>("form[data-sending]");
if (form) {
  checkBeforeSending(form);
  sendOnce(form);
  countCharacters(form);
  offerArticles(form);
}
document.querySelector<HTMLElement>("#summary")?.focus();
fitFrame();

/** Our own words in the page's language instead of the browser's bubbles, beside each field as the server does. */
function checkBeforeSending(form: HTMLFormElement): void {
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    const wrong = controls(form).filter((control) => !tell(control));
    const first = wrong[0];
    if (!first) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    first.focus();
  });
  // Once told, a field is looked at again as soon as it was changed, never while it is first being filled in.
  form.addEventListener("change", (event) => {
    const control = event.target as Control;
    if (place(control)?.hidden === false) tell(control);
  });
}

function controls(form: HTMLFormElement): Control[] {
  return [...form.elements].filter(
    (element): element is Control =>
      element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement,
  );
}

function place(control: Control): HTMLElement | null {
  return document.getElementById(`e-${control.name}`);
}

/** Says what is wrong beside the control, or takes it back. True when nothing is. */
function tell(control: Control): boolean {
  const where = place(control);
  if (!where) return true;
  const words = ownWords(control) || control.validationMessage;
  where.textContent = words;
  where.hidden = !words;
  const holder = control.closest(".field");
  const named = holder instanceof HTMLFieldSetElement ? holder : control;
  holder?.classList.toggle("wrong", !!words);
  named.toggleAttribute("aria-invalid", !!words);
  if (words) named.setAttribute("aria-invalid", "true");
  const described = new Set((named.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (words) described.add(where.id);
  else described.delete(where.id);
  if (described.size) named.setAttribute("aria-describedby", [...described].join(" "));
  else named.removeAttribute("aria-describedby");
  return !words;
}

function ownWords(control: Control): string {
  if (control instanceof HTMLInputElement && control.type === "file") return fileWords(control);
  const group = control.closest<HTMLFieldSetElement>("fieldset[data-required]");
  if (group && !group.querySelector("input:checked")) return group.dataset["required"] ?? "";
  const { valueMissing, typeMismatch, patternMismatch } = control.validity;
  if (valueMissing) return control.dataset["missing"] ?? "";
  if (typeMismatch || patternMismatch) return control.dataset["misshapen"] ?? "";
  return "";
}

function fileWords(control: HTMLInputElement): string {
  const files = [...(control.files ?? [])];
  const most = Number(control.dataset["maxFiles"]);
  const bytes = Number(control.dataset["maxBytes"]);
  const words = control.form?.dataset;
  if (!files.length && control.required) return control.dataset["missing"] ?? "";
  if (files.length > most) return (words?.["tooMany"] ?? "").replace("{limit}", String(most));
  const large = files.find((file) => file.size > bytes);
  if (!large) return "";
  const size = String(Math.round((bytes / 1048576) * 100) / 100);
  return (words?.["tooLarge"] ?? "").replace("{name}", large.name).replace("{size}", size);
}

/** A second click sends nothing; coming back by the back button, the form can be sent again. */
function sendOnce(form: HTMLFormElement): void {
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const label = button?.textContent ?? "";
  let sending = false;
  form.addEventListener("submit", (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    sending = true;
    button?.setAttribute("aria-disabled", "true");
    if (button) button.textContent = form.dataset["sending"] ?? label;
  });
  addEventListener("pageshow", () => {
    sending = false;
    button?.removeAttribute("aria-disabled");
    if (button) button.textContent = label;
  });
}

/** How much room is left, once it is getting narrow. */
function countCharacters(form: HTMLFormElement): void {
  for (const area of form.querySelectorAll<HTMLTextAreaElement>("textarea[maxlength]")) {
    const count = document.createElement("p");
    count.className = "count";
    count.hidden = true;
    area.after(count);
    area.addEventListener("input", () => {
      count.hidden = area.value.length < area.maxLength * 0.8;
      count.textContent = `${area.value.length} / ${area.maxLength}`;
    });
  }
}

/** In a frame, tells the page around it how high we are; only the very site that the server allowed hears it. */
function fitFrame(): void {
  const { form: name, parentOrigin, ticket } = document.body.dataset;
  if (!name || !parentOrigin || window.parent === window) return;
  const send = (event: Told["event"], more: Partial<Told> = {}): void => {
    window.parent.postMessage({ kind: KIND, form: name, event, ...more } satisfies Told, parentOrigin);
  };
  const main = document.querySelector("main");
  if (main) {
    const measure = (): void => send("height", { height: main.getBoundingClientRect().height });
    new ResizeObserver(measure).observe(main);
    measure();
  }
  if (ticket !== undefined) send("sent", { ticket });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) send("close");
  });
}
