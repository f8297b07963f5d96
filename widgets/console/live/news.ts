/** In charge of telling an agent what concerns them, as they wish it: words on their tickets, new ones for their teams or
 *  for nobody, a chat that waits, a colleague who calls or hands over, a letter of theirs that failed. */
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Change, TicketRow } from "../api/tickets";
import { agentName, me, writerOf } from "../store/desk";
import { preferences, quiet } from "../store/preferences";
import { ticketNumber } from "../store/place";
import { keepRow, peekRow } from "../store/rows";
import { toast } from "../ui/toast";
import { keepCall, type Reason } from "./calling";
import { notify, openTicket, shows } from "./desktop";
import { ring } from "./sound";
import { isLookedAt, speaks } from "./tabs";

const OLD = 10 * 60_000;
const LIVE_CHANNELS = new Set(["webchat", "line"]);

/** Look at one change; most are no news. What happened long before this console heard of it is left to the lists. */
export function tellNews(change: Change): void {
  const { kind, ticket, data, by } = change;
  const mine = me.peek()?.id;
  if (ticket === null || mine === undefined || by === `agent:${mine}` || Date.now() - Date.parse(change.at) > OLD) return;
  const name = authorOf(by);
  if (kind === "message.received") {
    if (concerns(ticket)) heard(ticket, null);
  } else if (kind === "letter.moved" && ["failed", "bounced", "complained"].includes(String(data["state"]))) {
    void tellFailure(ticket, data);
  } else if (kind === "note.written" && Array.isArray(data["mentions"]) && data["mentions"].includes(mine)) {
    const words = t("{name} calls you on #{number}", { name, number: ticket });
    if (preferences.peek().wanted.mentions) tell(ticket, words);
    heard(ticket, { reason: "mentions", words });
  } else if (kind === "ticket.changed" && data["field"] === "assignee" && data["after"] === mine) {
    const words = t("{name} gave you #{number}", { name, number: ticket });
    if (preferences.peek().wanted.assigned) tell(ticket, words);
    heard(ticket, { reason: "assigned", words });
  } else if (kind === "ticket.changed" && data["field"] === "team" && isMyTeam(data["after"])) {
    heard(ticket, { reason: "teams", words: t("{name} gave #{number} to your team", { name, number: ticket }) });
  }
}

function authorOf(by: string): string {
  const [, id] = /^agent:(\d+)$/.exec(by) ?? [];
  return id === undefined ? t("The desk") : agentName(Number(id));
}

function isMyTeam(team: unknown): boolean {
  return typeof team === "number" && (me.peek()?.teams.includes(team) ?? false);
}

/** Whether somebody else's ticket can be ruled out without asking. */
function concerns(ticket: number): boolean {
  const known = peekRow(ticket);
  return !known || known.assignee === null || known.assignee === me.peek()?.id;
}

/** Why a customer's words on this ticket are news to this agent; null when they are a colleague's affair. */
function reasonOf(row: TicketRow): Reason | null {
  if (row.spam || row.merged_into !== null) return null;
  if (row.assignee === me.peek()?.id) return "mine";
  if (row.assignee !== null || (row.team !== null && !isMyTeam(row.team))) return null;
  return LIVE_CHANNELS.has(row.channel) ? "chats" : row.team === null ? "unassigned" : "teams";
}

const waiting = new Map<number, { reason: Reason; words: string } | null>();

/** What happens within a moment is asked for in one go, by the tab that speaks for all. */
let due = false;
function soon(): void {
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    void look();
  }, 250);
}

function heard(ticket: number, why: { reason: Reason; words: string } | null): void {
  if (!speaks()) return;
  waiting.set(ticket, why ?? waiting.get(ticket) ?? null);
  soon();
}

async function look(): Promise<void> {
  const asked = [...waiting].slice(0, 100);
  for (const [ticket] of asked) waiting.delete(ticket);
  const rows = await api.rows(asked.map(([ticket]) => ticket)).catch(() => []);
  for (const row of rows) {
    keepRow(row);
    const why = asked.find(([ticket]) => ticket === row.number)?.[1];
    const reason = why?.reason ?? reasonOf(row);
    if (reason && preferences.peek().wanted[reason]) call(row, reason, why?.words);
  }
  if (waiting.size) soon();
}

/** Count it, show it, let it be heard; what is looked at needs none of it. */
function call(row: TicketRow, reason: Reason, words = ""): void {
  if (isLookedAt(row.number)) return;
  keepCall(row.number, reason);
  if (quiet.peek()) return;
  const who = writerOf(row);
  const title = words || (reason === "chats" ? t("{name} waits in the chat", { name: who }) : `${who} · #${row.number}`);
  notify(row.number, title, [row.subject, words ? "" : row.last_text].filter(Boolean).join("\n").slice(0, 200));
  if (reason === "chats" && !shows()) tell(row.number, title);
  ring(LIVE_CHANNELS.has(row.channel));
}

async function tellFailure(ticket: number, data: Record<string, unknown>): Promise<void> {
  const { message, words } = data;
  if (typeof message !== "number") return;
  const written = await api.message(message).catch(() => null);
  if (written?.agent !== me.peek()?.id) return;
  tell(ticket, t("Your reply on #{number} was not delivered. {words}", { number: ticket, words: String(words ?? "") }), true);
}

/** On the screen, where a notification of the browser does not say it already. */
function tell(ticket: number, words: string, bad = false): void {
  if ((ticketNumber.peek() === ticket && !document.hidden) || (!bad && (shows() || quiet.peek()))) return;
  toast({ words, tone: bad ? "bad" : "good", stay: true, about: ticket, action: t("Open it"), run: () => openTicket(ticket) });
}
