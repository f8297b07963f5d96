/** In charge of writing: the box, files by button, paste and drop, and the key that sends. */
import { composing } from "../../../shared/dom";
import { t } from "../../../shared/words";
import { Later, later } from "../later";
import { mention } from "../link";
import { say, sayFile } from "../outbox";
import { page } from "../page";
import { conversation, limits, menu, notice, typed as typedOnce } from "../state";
import { put, take } from "../storage";
import { Icon } from "./icons";
import { toEnd } from "./log";

const coarse = matchMedia("(pointer: coarse)");
let box: HTMLTextAreaElement | null = null;
let typed = 0;
let pause: ReturnType<typeof setTimeout>;

export function focusBox(): void {
  // On a phone this would raise the keyboard over what one came to read.
  if (!coarse.matches) box?.focus();
}

export function prefill(text: string): void {
  if (!text) return;
  put("draft", text);
  if (!box) return;
  box.value = text;
  changed();
  box.focus();
}

function changed(): void {
  if (!box) return;
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 140)}px`;
  put("draft", box.value || undefined);
}

function typing(on: boolean): void {
  clearTimeout(pause);
  if (on) pause = setTimeout(() => typing(false), 4000);
  const now = Date.now();
  if (on === typed > 0 && now - typed < 3000) return;
  if (!on && !typed) return;
  typed = on ? now : 0;
  mention("typing", { typing: on, conversation: conversation.peek() });
}

/** Articles that may answer it, from a file that comes with the first word. */
function offer(): void {
  if (!page.faq) return;
  typedOnce.value = true;
  void later().then(({ typed }) => typed(box?.value ?? "")).catch(() => undefined);
}

function send(): void {
  const text = box?.value.trim() ?? "";
  if (!box || !text) return;
  if (text.length > limits.peek().text) {
    notice.value = t("Too long: at most {n} characters.", { n: limits.peek().text });
    return;
  }
  box.value = "";
  changed();
  if (typedOnce.value) offer();
  typing(false);
  menu.value = "";
  say(text);
  toEnd();
  box.focus();
}

export function addFiles(files: Iterable<File>): void {
  for (const file of files) {
    const { file: most, types } = limits.peek();
    if (file.size > most) notice.value = t("{name} is too large: at most {n} MB.", { name: file.name, n: Math.floor(most / 1048576) });
    else if (types?.length && !types.some((type) => fits(file, type))) notice.value = t("Files like {name} are not taken here.", { name: file.name });
    else sayFile(file);
  }
  toEnd();
}

function fits(file: File, type: string): boolean {
  if (type.startsWith(".")) return file.name.toLowerCase().endsWith(type);
  return type.endsWith("/*") ? file.type.startsWith(type.slice(0, -1)) : file.type === type;
}

function key(event: KeyboardEvent): void {
  if (event.key !== "Enter" || composing(event) || event.shiftKey || event.altKey) return;
  if (coarse.matches && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  send();
}

function insert(text: string): void {
  if (!box) return;
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  changed();
  box.focus();
}

function Pick({ camera }: { camera?: boolean }) {
  const name = camera ? t("Take a picture") : t("Attach files");
  return (
    <label class={`tool${camera ? " touch" : ""}`} title={name}>
      <input
        type="file" multiple={!camera} aria-label={name} capture={camera ? "environment" : undefined}
        accept={camera ? "image/*" : limits.value.types?.join(",")}
        onChange={({ currentTarget }) => {
          addFiles(currentTarget.files ?? []);
          currentTarget.value = "";
        }}
      />
      <Icon name={camera ? "camera" : "clip"} />
    </label>
  );
}

export function Composer() {
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      {menu.value === "emoji" && (
        <Later part="Emoji" insert={insert} />
      )}
      {typedOnce.value && <Later part="Offers" />}
      <textarea
        rows={1} aria-label={t("Message")} placeholder={t("Write a message")} enterkeyhint={coarse.matches ? "enter" : "send"}
        defaultValue={take("draft")}
        ref={(element) => {
          if (element && element !== box) queueMicrotask(changed);
          box = element;
        }}
        onInput={(event) => {
          changed();
          typing(!!box?.value);
          if (!event.isComposing) offer();
        }}
        onCompositionEnd={offer}
        onBlur={() => typing(false)}
        onKeyDown={key}
        onPaste={(event) => {
          const files = event.clipboardData?.files;
          if (!files?.length) return;
          event.preventDefault();
          addFiles(files);
        }}
      />
      <div class="tools">
        <Pick />
        <Pick camera />
        <button type="button" class="tool" aria-label={t("Emoji")} title={t("Emoji")} aria-expanded={menu.value === "emoji"} onClick={() => (menu.value = menu.value === "emoji" ? "" : "emoji")}><Icon name="smile" /></button>
        <button type="submit" class="tool send" aria-label={t("Send")} title={t("Send")}><Icon name="send" /></button>
      </div>
    </form>
  );
}
