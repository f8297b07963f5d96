/** In charge of small truths about the browser: composing text, class names, sizes, where a key event comes from. */

/** Whether an input method is composing: then a key belongs to it, and to nobody else. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}

/** Whether keys typed here are text. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "file"].includes(target.type);
}

export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Focus an element at once, so that the next key is its own; or after the next painting, when it is not there yet. */
export function focusSoon(selector: string, then?: (element: HTMLElement) => void): void {
  const focus = (): boolean => {
    const element = document.querySelector<HTMLElement>(selector);
    element?.focus();
    if (!element || document.activeElement !== element) return false;
    then?.(element);
    return true;
  };
  if (!focus()) requestAnimationFrame(() => requestAnimationFrame(focus));
}

export const mac = /Mac|iP(hone|ad|od)/.test(navigator.platform);

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Calls `run` once things have been quiet for `pause` ms; `flush` calls it now if it is due. */
export function later(pause: number, run: () => void): { call(): void; flush(): void; drop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const drop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const go = () => {
    drop();
    run();
  };
  return {
    call() {
      clearTimeout(timer);
      timer = setTimeout(go, pause);
    },
    flush() {
      if (timer !== undefined) go();
    },
    drop,
  };
}
