/** In charge of macros at the composer: the key that asks for one, and what one will change once the text is sent. */
import { composing } from "../../shared/dom";
import { t } from "../../shared/words";
import type { MacroActions } from "../api/texts";
import type { Mode } from "../api/tickets";
import { showLater } from "../later/coming";
import { agentName, me, priorityName, statusName, teamName } from "../store/desk";
import { macros } from "../store/macros";
import { Icon } from "../ui/icons";
import { draft, write } from "./draft";

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
  if (actions.ask_rating) words.push(t("Ask for a rating"));
  return words.join(" · ");
}

/** Choose a macro for this ticket. `onLeave` hears what was typed when none was chosen. */
export function pickMacro(number: number, onLeave?: (typed: string) => void): void {
  showLater(({ MacroPicker }) => <MacroPicker number={number} {...(onLeave ? { onLeave } : {})} />);
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
