/** In charge of the change feed: every change once, in the order of its `seq`, whatever the connection went through. */
import { signal } from "@preact/signals";
import { later } from "../../shared/dom";
import { api } from "../api/calls";
import type { LetterState } from "../api/messages";
import type { Change } from "../api/tickets";
import { doubtArticles } from "../store/articles";
import { doubtAttempts } from "../store/attempts";
import { heardAvailability } from "../store/availability";
import { counts, loadCounts } from "../store/counts";
import { loadDesk, me } from "../store/desk";
import { numbers, refresh } from "../store/list";
import { loadMacros } from "../store/macros";
import { again, newest } from "../store/newest";
import { loadPreferences } from "../store/preferences";
import { noticed } from "../store/noticed";
import { ticketNumber } from "../store/place";
import { keepRow, peekRow } from "../store/rows";
import { loadStrip } from "../store/strip";
import { loadCalls } from "./calling";
import { tellNews } from "./news";
import { changeMessages, doubt, doubtAll, paintTicket, reload } from "../store/threads";

/** The newest change that is applied; null before the first word with the server. */
export const known = signal<number | null>(null);
export const catching = signal(false);

const BATCH = 500;
let early: Change[] = [];
let failures = 0;

/** Take changes in. One that is not the very next waits until what is missing has been fetched. */
export function take(changes: readonly Change[]): void {
  for (const change of [...changes].sort((a, b) => a.seq - b.seq)) {
    const last = known.peek();
    if (last === null) known.value = change.seq - 1;
    else if (change.seq <= last) continue;
    else if (change.seq > last + 1) {
      early.push(change);
      continue;
    }
    known.value = change.seq;
    apply(change);
  }
  if (early.length) void catchUp();
}

/** Fetch what was missed. */
export async function catchUp(): Promise<void> {
  const from = known.peek();
  if (catching.peek() || from === null) return;
  catching.value = true;
  try {
    for (
      let items = await api.changes(from, BATCH);
      items.length;
      items = await api.changes(known.peek() ?? from, BATCH)
    ) {
      for (const change of items) {
        if (change.seq <= (known.peek() ?? 0)) continue;
        known.value = change.seq;
        apply(change);
      }
      if (items.length < BATCH) break;
    }
    failures = 0;
    const waiting = early.filter((change) => change.seq > (known.peek() ?? 0));
    early = [];
    catching.value = false;
    if (waiting.length) take(waiting);
  } catch (problem) {
    catching.value = false;
    const pause = again(problem, failures);
    failures += 1;
    if (pause !== null) setTimeout(() => void catchUp(), pause);
  }
}

/** Begin from `seq`, with everything fetched anew. */
export function startOver(seq: number): void {
  known.value = seq;
  early = [];
  doubtAll();
  const open = ticketNumber.peek();
  if (open !== null) void reload(open);
  void refresh();
  void loadCounts();
  void loadMacros();
  doubtArticles(null, open);
  void loadStrip();
  void loadPreferences();
  void loadCalls();
  void loadDesk().catch(() => undefined);
}

const touched = new Set<number>();
const rowsSoon = later(60, () => void askRows());
const askRows = newest(async () => {
  for (const number of touched) if (!peekRow(number)) touched.delete(number);
  const wanted = [...touched].slice(0, 100);
  if (!wanted.length) return;
  for (const number of wanted) touched.delete(number);
  try {
    (await api.rows(wanted)).forEach(keepRow);
  } catch (problem) {
    for (const number of wanted) touched.add(number);
    throw problem;
  }
  if (touched.size) rowsSoon.call();
});

/** The list and its counts: soon, and at most once a second. */
let due = false;
let asked = 0;
function listSoon(): void {
  if (due) return;
  due = true;
  setTimeout(
    () => {
      due = false;
      asked = Date.now();
      void refresh();
      void loadCounts();
    },
    Math.max(120, asked + 1000 - Date.now()),
  );
}

const deskSoon = later(300, () => void loadDesk().catch(() => undefined));

function apply(change: Change): void {
  const { kind, ticket, data } = change;
  tellNews(change);
  if (kind === "desk.changed" && data["what"] === "console") {
    if (data["id"] === me.peek()?.id) void loadStrip();
    return;
  }
  if (kind === "desk.changed" && data["what"] === "preferences") {
    if (data["id"] === me.peek()?.id) void loadPreferences();
    return;
  }
  if (kind === "agent.availability") {
    heardAvailability(change.seq, change.at, data);
    return;
  }
  if (kind === "desk.changed" && data["what"] === "suggestion") {
    doubtArticles(null, ticketNumber.peek());
    return;
  }
  if (kind === "answer.made" && ticket !== null) {
    doubtAttempts(ticket, ticketNumber.peek());
    return;
  }
  if (kind === "suggestions.made" && ticket !== null) {
    doubtArticles(ticket, ticketNumber.peek());
    return;
  }
  if (kind === "desk.changed") deskSoon.call();
  if (kind === "desk.changed" && data["what"] === "article") doubtArticles(null, ticketNumber.peek());
  if (kind === "desk.changed" && data["what"] === "macro") void loadMacros();
  if (kind === "letter.moved") letterMoved(ticket, data);
  if (kind === "letter.moved" && ticket === null) noticed.value = { letter: data["letter"] };
  if (kind === "notice.moved") noticed.value = { whose: data["customer"] };
  if (kind === "customer.changed" || kind === "order.changed") {
    const open = ticketNumber.peek();
    if (open !== null) doubt(open, true);
  }
  if (kind === "customer.changed") {
    if (data["what"] !== "changed") listSoon();
  }
  if (ticket === null) return;
  // Drafts of others are nobody's business, and one's own is known already.
  if (kind === "draft.changed") {
    if (data["agent"] === me.peek()?.id && peekRow(ticket)) touch(ticket);
    return;
  }
  if (kind === "ticket.seen") {
    const { message } = data;
    if (typeof message === "number") paintTicket(ticket, { seen: message, seen_at: change.at });
    return;
  }
  touch(ticket);
  doubt(ticket, ticketNumber.peek() === ticket);
  if (kind === "ticket.merged" && typeof data["into"] === "number")
    doubt(data["into"], ticketNumber.peek() === data["into"]);
  if (kind !== "letter.moved" || concernsLists(data)) listSoon();
}

/** Of a letter's moves only those that fail change lists; and any other, as long as something there has failed. */
function concernsLists({ state }: Record<string, unknown>): boolean {
  return ["failed", "bounced", "complained", "delayed"].includes(String(state)) || !!counts.peek().views["undelivered"];
}

function touch(number: number): void {
  touched.add(number);
  if (numbers.peek().includes(number) || peekRow(number)) rowsSoon.call();
}

/** A delivery mark is in the change itself: it is painted without asking. */
function letterMoved(ticket: number | null, data: Record<string, unknown>): void {
  const { letter, state, words, code } = data;
  if (ticket === null || typeof letter !== "number" || typeof state !== "string") return;
  changeMessages(ticket, (message) =>
    message.letter?.id === letter
      ? {
          ...message,
          letter: {
            ...message.letter,
            state: state as LetterState,
            words: typeof words === "string" ? words : message.letter.words,
            code: typeof code === "string" ? code : message.letter.code,
          },
        }
      : message,
  );
}
