/** In charge of changing tickets: shown at once, sent in order, undone by one button, and never over somebody else's
 *  change without asking. */
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Ticket, TicketEdit, TicketRow } from "../api/tickets";
import { toast } from "../ui/toast";
import { agentName, priorityName, statusName, teamName } from "./desk";
import { loadCounts } from "./counts";
import { dropGone, refresh } from "./list";
import { peekRow, promise } from "./rows";
import { keepTicket, paintTicket, reload, ticketOf } from "./threads";

/** Edits of one ticket follow each other, so that each knows the version before it. */
const lines = new Map<number, Promise<unknown>>();

function inLine<Answer>(number: number, run: () => Promise<Answer>): Promise<Answer> {
  const mine = (lines.get(number) ?? Promise.resolve()).then(run, run);
  lines.set(
    number,
    mine.catch(() => undefined),
  );
  return mine;
}

type Known = TicketRow | Ticket;

function now(number: number): Known | undefined {
  return ticketOf(number) ?? peekRow(number);
}

/** The values that `changes` would replace. */
function before(known: Known, changes: TicketEdit): TicketEdit {
  const old: Record<string, unknown> = {};
  for (const name of Object.keys(changes)) if (name in known) old[name] = known[name as keyof Known];
  return old as TicketEdit;
}

function painted(known: Known, changes: TicketEdit): Partial<Ticket> {
  const { fields, ...plain } = changes;
  const whole = fields && "fields" in known ? { fields: { ...known.fields, ...fields } } : {};
  return { ...plain, ...whole };
}

/** What was done, for the toast. */
export function described(changes: TicketEdit): string {
  if (changes.status) return t("Status: {name}", { name: statusName(changes.status) });
  if (changes.priority) return t("Priority: {name}", { name: priorityName(changes.priority) });
  if (changes.assignee !== undefined) return t("Assignee: {name}", { name: agentName(changes.assignee) });
  if (changes.team !== undefined) return t("Team: {name}", { name: teamName(changes.team) });
  if (changes.spam !== undefined) return changes.spam ? t("Marked as spam") : t("No longer spam");
  if (changes.snoozed_until !== undefined) return changes.snoozed_until ? t("Snoozed") : t("No longer snoozed");
  if (changes.tags) return t("Tags changed");
  return t("Saved");
}

interface How {
  quiet?: boolean;
}

/** Change one ticket. */
export async function edit(number: number, changes: TicketEdit, how: How = {}): Promise<boolean> {
  const known = now(number);
  if (!known) return false;
  const old = before(known, changes);
  if (
    Object.entries(changes).every(
      ([name, value]) => JSON.stringify(value) === JSON.stringify(old[name as keyof TicketEdit]),
    )
  )
    return true;
  const shown = painted(known, changes);
  const kept = promise(number, shown);
  paintTicket(number, shown);
  try {
    const ticket = await inLine(number, () => api.edit(number, changes, (now(number) ?? known).version)).finally(kept);
    keepTicket(ticket);
    if (!how.quiet)
      toast({
        words: `#${number} · ${described(changes)}`,
        action: t("Undo"),
        run: () => void edit(number, old, { quiet: true }),
      });
    after();
    return true;
  } catch (problem) {
    if (problem instanceof Refusal && problem.status === 409) lost(number, changes, problem);
    else {
      paintTicket(number, painted(known, old));
      toast({
        words: problem instanceof Refusal ? problem.message : t("That did not work."),
        tone: "bad",
        action: t("Try again"),
        run: () => void edit(number, changes, how),
      });
    }
    return false;
  }
}

function after(): void {
  void refresh().then(dropGone);
  void loadCounts();
}

/** Somebody was faster: show what stands now, and offer to write over it knowingly. */
function lost(number: number, changes: TicketEdit, problem: Refusal): void {
  const current = problem.current as Ticket | undefined;
  if (current && typeof current === "object" && "number" in current) {
    paintTicket(number, current);
  } else void reload(number);
  const stands = current && "number" in current ? described(before(current, changes)) : problem.message;
  toast({
    words: t("#{number} was changed by somebody else meanwhile. {stands}", { number, stands }),
    tone: "bad",
    stay: true,
    action: t("Change anyway"),
    run: () => void edit(number, changes),
  });
}

/** Change several tickets at once, with one undo. */
export async function editMany(numbers: readonly number[], changes: TicketEdit): Promise<void> {
  const [only] = numbers;
  if (only !== undefined && numbers.length === 1) {
    await edit(only, changes);
    return;
  }
  const old = new Map<number, TicketEdit>();
  for (const number of numbers) {
    const known = now(number);
    if (!known) continue;
    old.set(number, before(known, changes));
    paintTicket(number, painted(known, changes));
  }
  try {
    await api.bulk([...old.keys()], changes);
    toast({
      words: t("{n} tickets · {what}", { n: old.size, what: described(changes) }),
      action: t("Undo"),
      run: () => void restore(old),
    });
  } catch (problem) {
    for (const [number, values] of old) paintTicket(number, values as Partial<Ticket>);
    toast({ words: problem instanceof Refusal ? problem.message : t("That did not work."), tone: "bad" });
  }
  after();
}

/** Put tickets back to what each was, in as few requests as their values allow. */
async function restore(old: ReadonlyMap<number, TicketEdit>): Promise<void> {
  const groups = new Map<string, number[]>();
  for (const [number, values] of old) {
    const key = JSON.stringify(values);
    groups.set(key, [...(groups.get(key) ?? []), number]);
    paintTicket(number, values as Partial<Ticket>);
  }
  try {
    for (const [key, numbers] of groups) await api.bulk(numbers, JSON.parse(key) as TicketEdit);
  } catch (problem) {
    toast({ words: problem instanceof Refusal ? problem.message : t("That did not work."), tone: "bad" });
  }
  after();
}
