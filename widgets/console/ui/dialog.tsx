/** In charge of dialogs: one at a time, modal, closed by Esc, with the focus back where it was. */
import { signal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../shared/words";
import { Icon } from "./icons";

export const dialog = signal<VNode | null>(null);

export function showDialog(content: VNode): void {
  dialog.value = content;
}

let afterwards: (() => void) | undefined;

/** `then` runs once the focus is back where it was, and before the next key. */
export function closeDialog(then?: () => void): void {
  afterwards = then;
  dialog.value = null;
}

/** The way back to what has the focus now, with the cursor where it is. */
function standing(): () => void {
  const before = document.activeElement;
  if (!(before instanceof HTMLElement)) return () => undefined;
  const place = before instanceof HTMLTextAreaElement && ([before.selectionStart, before.selectionEnd] as const);
  return () => {
    if (!before.isConnected) return;
    before.focus({ preventScroll: true });
    // Chromium puts the cursor to the beginning of a text that was behind a dialog.
    if (place && before instanceof HTMLTextAreaElement) before.setSelectionRange(...place);
  };
}

interface Props {
  title: string;
  children: ComponentChildren;
  foot?: ComponentChildren;
  wide?: boolean;
  onSubmit?: () => void;
  onClose?: () => void;
}

export function Dialog({ title, children, foot, wide, onSubmit, onClose }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  // Not after the next painting: the key that follows the one that opened this is meant for it.
  useLayoutEffect(() => {
    const back = standing();
    const mine = box.current;
    mine?.showModal();
    mine?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      // Until it is closed, everything outside of it takes no focus.
      mine?.close();
      back();
      if (afterwards) queueMicrotask(afterwards);
      afterwards = undefined;
    };
  }, []);
  const close = () => closeDialog(onClose);
  return (
    <dialog
      ref={box}
      class={wide ? "dialog wide" : "dialog"}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <header>
          <h2>{title}</h2>
          <button type="button" class="icon" aria-label={t("Close")} onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {foot && <footer>{foot}</footer>}
      </form>
    </dialog>
  );
}

export function DialogPlace() {
  return dialog.value;
}
