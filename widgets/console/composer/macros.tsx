/** In charge of macros: chosen by name, put where the cursor is; what they change waits until the text is sent. */
import { composing, focusSoon } from "../../shared/dom";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Macro, MacroActions, Mode, TicketEdit } from "../api/types";
import { agentName, me, priorityName, statusName, teamName } from "../store/desk";
import { edit } from "../store/edits";
import { macros } from "../store/macros";
import { peekRow } from "../store/rows";
import { open, ticketOf } from "../store/threads";
import { showDialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { type Choice, Picker } from "../ui/picker";
import { toast } from "../ui/toast";
import { draft, modeOf, restore, write } from "./draft";

/** What a macro changes, in words. */
export function effects(actions: MacroActions): string {
  const words: string[] = [];
  if (actions.status) words.push(statusName(actions.status));
  if (actions.priority) words.push(t("Priority: {name}", { name: priorityName(actions.priority) }));
  if (actions.assignee !== undefined) {
    const who = actions.assignee === "me" ? (me.value?.id ?? null) : actions.assignee;
    words.push(t("Assignee: {name}", { name: agentName(who) }));
  }
  if (actions.team !== undefined) words.push(teamName(actions.team));
  for (const tag of actions.tags ?? []) words.push(`#${tag}`);
  return words.join(" · ");
}

/** What a macro sends besides words, in a word. */
function besides({ rich, choices }: Macro): string {
  if (!rich) return choices.length ? t("Answers to tap") : "";
  return rich.kind === "sticker" ? t("Sticker") : rich.kind === "native" ? "Flex" : t("Card with buttons");
}

export function macroChoices(number: number): Choice[] {
  return (macros.value ?? []).map((macro) => ({
    key: `macro-${macro.id}`,
    words: macro.name,
    more: macro.text.slice(0, 200),
    detail: [macro.text.split("\n").find((line) => line.trim()), besides(macro), effects(macro.actions)].filter(Boolean).join(" → "),
    run: () => void use(number, macro),
  }));
}

export function pickMacro(number: number, onLeave?: (typed: string) => void): void {
  showDialog(
    <Picker
      title={t("Macros")}
      placeholder={t("Name or words of a macro")}
      choices={() => macroChoices(number)}
      {...(onLeave ? { onLeave } : {})}
    />,
  );
}

/** Where a text was to be put: what stood before the cursor, and what was marked. */
interface Caret {
  before: string;
  marked: string;
}

function fieldOf(number: number): HTMLTextAreaElement | null {
  return document.querySelector<HTMLTextAreaElement>(`#composer-text[data-ticket="${number}"]`);
}

function caret(number: number): Caret | null {
  const field = fieldOf(number);
  if (!field) return null;
  const { value, selectionStart, selectionEnd } = field;
  return { before: value.slice(0, selectionStart), marked: value.slice(selectionStart, selectionEnd) };
}

async function use(number: number, macro: Macro): Promise<void> {
  const standing = caret(number);
  try {
    const [{ text, actions, rich, choices }] = await Promise.all([api.macro(number, macro.id), open(number).loading]);
    // The tags that stand when it is sent count, not those of now.
    const wanted: TicketEdit = { ...actions, ...(macro.actions.tags ? { tags: macro.actions.tags } : {}) };
    const thread = open(number).thread.peek();
    if (!thread) return;
    if (!text.trim() && !rich && !choices.length) {
      if (Object.keys(wanted).length) await apply(number, wanted);
      return;
    }
    restore(thread);
    // A colleague who reads a note has no use for buttons: whatever goes along is for the customer.
    if (rich) modeOf(number).value = "reply";
    const mode = modeOf(number).peek();
    if (mode === "reply" && (rich || choices.length)) write(number, mode, { rich, choices });
    const before = draft(number, mode).writing.peek().actions;
    if (text.trim()) insert(number, mode, text, standing);
    if (Object.keys(wanted).length) {
      const tags = [...new Set([...(before?.tags ?? []), ...(wanted.tags ?? [])])];
      write(number, mode, { actions: { ...before, ...wanted, ...(tags.length ? { tags } : {}) } });
    }
  } catch (problem) {
    toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
  }
}

/** Change the ticket as macros want it, with one undo. */
export function apply(number: number, wanted: TicketEdit): Promise<boolean> {
  const standing = (ticketOf(number) ?? peekRow(number))?.tags ?? [];
  const tags = wanted.tags ? { tags: [...new Set([...standing, ...wanted.tags])] } : {};
  return edit(number, { ...wanted, ...tags });
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

/** Whether this key asks for a macro: a slash where a line begins. */
export function asksForMacro(event: KeyboardEvent): boolean {
  const field = event.target;
  if (event.key !== "/" || composing(event) || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (!(field instanceof HTMLTextAreaElement) || macros.peek()?.length === 0) return false;
  return field.selectionStart === 0 || field.value[field.selectionStart - 1] === "\n";
}

/** What will change when this is sent, and the way to leave it. */
export function Pending({ number, mode }: { number: number; mode: Mode }) {
  const actions = draft(number, mode).writing.value.actions;
  if (!actions) return null;
  return (
    <p class="pending" role="note">
      <span>{t("When sent: {what}", { what: effects(actions) })}</span>
      <button
        type="button"
        class="icon"
        aria-label={t("Leave the ticket as it is")}
        title={t("Leave the ticket as it is")}
        onClick={() => write(number, mode, { actions: null })}
      >
        <Icon name="close" />
      </button>
    </p>
  );
}
