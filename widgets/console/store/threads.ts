/** In charge of opened tickets: thirty are kept in memory, so that going back to one is instant. */
import { type Signal, signal } from "@preact/signals";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Message } from "../api/messages";
import type { Change, Thread, Ticket } from "../api/tickets";
import { again } from "./newest";
import { ticketNumber } from "./place";
import { keepRow, paintRow, peekRow, promised } from "./rows";

const KEPT = 30;

export interface Opened {
  thread: Signal<Thread | null>;
  /** As far back as the messages that are loaded, oldest first. */
  history: Signal<Change[]>;
  /** Before which change the history goes on; null when all of it is loaded. */
  past: number | null;
  failure: Signal<string>;
  /** Something happened that this copy does not know. */
  stale: boolean;
  loading: Promise<void> | null;
  /** How often loading it failed since it last did not. */
  failures: number;
  /** Messages that were answered by themselves, and which question had been asked last by then. */
  answered: Map<number, number>;
}

/** Questions to the server, counted: an answer knows everything that was there when it was asked for. */
let questions = 0;

const opened = new Map<number, Opened>();

export function known(number: number): Opened | undefined {
  return opened.get(number);
}

/** Tickets that are kept, the newest first. */
export function recent(): number[] {
  return [...opened.keys()].reverse();
}

/** The ticket, at once; what is missing arrives in its signals. */
export function open(number: number): Opened {
  const found = opened.get(number) ?? {
    thread: signal(null),
    history: signal([]),
    past: null,
    failure: signal(""),
    stale: true,
    loading: null,
    failures: 0,
    answered: new Map<number, number>(),
  };
  opened.delete(number);
  opened.set(number, found);
  for (const old of opened.keys()) {
    if (opened.size <= KEPT) break;
    opened.delete(old);
  }
  if (found.stale && !found.loading) void reload(number);
  return found;
}

/** Fetch a thread anew and join it with what is loaded. A call during another one runs after it. */
export function reload(number: number): Promise<void> {
  const held = opened.get(number);
  if (!held) return Promise.resolve();
  if (held.loading) {
    held.stale = true;
    return held.loading;
  }
  held.stale = false;
  const question = ++questions;
  held.loading = (async () => {
    try {
      const [fetched, history] = await Promise.all([
        api.thread(number),
        api.history(number).catch(() => null),
      ]);
      for (const [id, asked] of held.answered) if (asked < question) held.answered.delete(id);
      held.thread.value = joined(held, fetched);
      if (history) {
        held.history.value = history.items.reverse();
        held.past = history.next;
        void fillHistory(number, held);
      }
      held.failure.value = "";
      held.failures = 0;
      keepRow(fetched.ticket);
      fetched.other_tickets.forEach(keepRow);
    } catch (problem) {
      held.stale = true;
      held.failure.value = problem instanceof Refusal ? problem.message : t("The ticket could not be loaded.");
      const pause = again(problem, held.failures);
      held.failures += 1;
      if (pause !== null) setTimeout(() => held.failure.peek() && ticketNumber.peek() === number && void reload(number), pause);
    } finally {
      held.loading = null;
    }
  })();
  const asked = held.loading;
  void asked.then(() => {
    if (held.stale && !held.failure.peek()) void reload(number);
  });
  return asked;
}

function joined({ thread, answered }: Opened, answer: Thread): Thread {
  const before = thread.peek();
  if (!before) return answer;
  // Written after this answer was asked for: it cannot know them.
  const newest = answer.messages.at(-1)?.seq ?? 0;
  const since = before.messages.filter((message) => answered.has(message.id) && message.seq > newest);
  // An edit's own answer may have been faster, and may be newer.
  const ticket = answer.ticket.version < before.ticket.version ? before.ticket : answer.ticket;
  const fetched: Thread = {
    ...answer,
    ticket: { ...ticket, ...promised(ticket.number) },
    messages: [...answer.messages, ...since],
  };
  const oldest = fetched.messages[0]?.seq ?? Infinity;
  const newestKnown = before.messages.at(-1)?.seq ?? 0;
  const older = before.messages.filter((message) => message.seq < oldest);
  // A hole between what is loaded and what arrived: begin anew from the newest.
  if (!older.length || newestKnown + 1 < oldest) return fetched;
  return { ...fetched, messages: [...older, ...fetched.messages], earlier: before.earlier };
}

/** Load what happened between the messages that are shown, page by page, the newest first. */
async function fillHistory(number: number, held: Opened): Promise<void> {
  try {
    for (let before = held.past; before !== null; before = held.past) {
      const thread = held.thread.peek();
      const oldest = held.history.peek()[0];
      const first = thread?.messages[0];
      if (thread?.earlier && oldest && first && Date.parse(oldest.at) < Date.parse(first.created_at)) return;
      const found = await api.history(number, before);
      if (held.past !== before) return;
      held.past = found.next;
      held.history.value = [...found.items.reverse(), ...held.history.peek()];
    }
  } catch {
    // The next loading asks again.
  }
}

/** Messages before the oldest one loaded. */
export async function loadEarlier(number: number): Promise<void> {
  const held = opened.get(number);
  const thread = held?.thread.peek();
  const oldest = thread?.messages[0];
  if (!held || !thread || !oldest || !thread.earlier) return;
  const found = (await api.messages(number, { before: oldest.seq, limit: 50 })).sort((a, b) => a.seq - b.seq);
  const now = held.thread.peek();
  if (!now || now.messages[0]?.seq !== oldest.seq) return;
  held.thread.value = {
    ...now,
    messages: [...found, ...now.messages],
    earlier: (found[0]?.seq ?? 1) > 1 && found.length > 0,
  };
  await fillHistory(number, held);
}

/** Put a message into its thread: a new one, or one that changed. */
export function keepMessage(message: Message): void {
  const held = opened.get(message.ticket);
  const thread = held?.thread.peek();
  if (!held || !thread) return;
  held.answered.set(message.id, questions);
  const others = thread.messages.filter((other) => other.id !== message.id);
  held.thread.value = { ...thread, messages: [...others, message].sort((a, b) => a.seq - b.seq) };
}

export function changeMessages(number: number, change: (message: Message) => Message): void {
  const held = opened.get(number);
  const thread = held?.thread.peek();
  if (held && thread) held.thread.value = { ...thread, messages: thread.messages.map(change) };
}

/** Show a ticket's properties before or after the server said so. */
export function paintTicket(number: number, change: Partial<Ticket>): void {
  paintRow(number, change);
  const held = opened.get(number);
  const thread = held?.thread.peek();
  if (held && thread) held.thread.value = { ...thread, ticket: { ...thread.ticket, ...change } };
}

export function keepTicket(ticket: Ticket): void {
  keepRow(ticket);
  const held = opened.get(ticket.number);
  const thread = held?.thread.peek();
  if (held && thread && ticket.version >= thread.ticket.version)
    held.thread.value = { ...thread, ticket: { ...thread.ticket, ...ticket } };
}

export function ticketOf(number: number): Ticket | undefined {
  return opened.get(number)?.thread.peek()?.ticket;
}

/** Everything that is kept may be out of date: fetch what is looked at, mark the rest. */
export function doubtAll(): void {
  for (const held of opened.values()) held.stale = true;
}

/** A ticket changed: fetch it now when it is looked at, later when it is not. */
export function doubt(number: number, looked: boolean): void {
  const held = opened.get(number);
  if (!held) return;
  held.stale = true;
  if (looked) void reload(number);
}

/** There is a connection again: threads that could not be loaded are. */
export function mendThreads(): void {
  for (const [number, held] of opened) if (held.failure.peek()) void reload(number);
}

/** The agent has read up to `seq`. */
export function markRead(number: number, seq: number): void {
  const before = peekRow(number)?.read_seq ?? 0;
  if (seq <= before) return;
  paintRow(number, { read_seq: seq });
  void api.read(number, seq).catch(() => undefined);
}

/** Fetch tickets that will probably be opened next. */
export function prefetch(numbers: readonly number[]): void {
  const run = () => numbers.forEach((number) => !opened.get(number)?.thread.peek() && open(number));
  if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: 1500 });
  else setTimeout(run, 300);
}
