/** In charge of dialogs: one at a time, modal, closed by Esc, with the focus back where it was. */
import { signal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../shared/words";
import { Icon } from "./icons";

export const dialog = signal<VNode | null>(null);

export function showDialog(content: VNode): void {
  dialog.value = content;
}

export function closeDialog(): void {
  dialog.value = null;
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
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    box.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const close = () => {
    onClose?.();
    closeDialog();
  };
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
