/** In charge of putting a text into the composer where the cursor is, or was. */
import { focusSoon } from "../../shared/dom";
import type { Mode } from "../api/tickets";
import { draft, write } from "./draft";

/** Where a text was to be put: what stood before the cursor, and what was marked. */
export interface Caret {
  before: string;
  marked: string;
}

function fieldOf(number: number): HTMLTextAreaElement | null {
  return document.querySelector<HTMLTextAreaElement>(`#composer-text[data-ticket="${number}"]`);
}

export function caret(number: number): Caret | null {
  const field = fieldOf(number);
  if (!field) return null;
  const { value, selectionStart, selectionEnd } = field;
  return { before: value.slice(0, selectionStart), marked: value.slice(selectionStart, selectionEnd) };
}

/** Put a text where the cursor is, or was: what was typed since stays behind it, and the cursor behind that. The browser's
 *  own undo takes it back. */
export function insert(number: number, mode: Mode, text: string, standing: Caret | null = null): void {
  const field = fieldOf(number);
  field?.focus();
  if (field && document.activeElement === field) {
    let since = 0;
    if (standing && field.value.startsWith(standing.before + standing.marked)) {
      const from = standing.before.length;
      since = Math.max(0, field.selectionStart - from - standing.marked.length);
      field.setSelectionRange(from, from + standing.marked.length);
    } else if (standing && field.value.startsWith(standing.before)) {
      since = Math.max(0, field.selectionStart - standing.before.length);
      field.setSelectionRange(standing.before.length, standing.before.length);
    }
    if (document.execCommand("insertText", false, text)) {
      const end = field.selectionStart + since;
      field.setSelectionRange(end, end);
      return;
    }
  }
  const before = draft(number, mode).writing.peek().text;
  write(number, mode, { text: before.trim() ? `${before}\n${text}` : text });
  focusSoon("#composer-text");
}
