/** In charge of what is being written: one draft per ticket and mode, saved to the server a second after the last key,
 *  there again on every device. */
import { type Signal, signal } from "@preact/signals";
import { later } from "../../shared/dom";
import { api } from "../api/calls";
import type { Attachment, Choice, DraftBody, Party, Rich } from "../api/messages";
import type { Mode, Thread, Wanted } from "../api/tickets";
import { me } from "../store/desk";
import { paintRow } from "../store/rows";

export interface Writing {
  text: string;
  to: Party[] | null;
  cc: Party[] | null;
  attachments: Attachment[];
  account: number | null;
  /** The message (id) that the customer sees quoted above the answer. */
  answers: number | null;
  /** What goes along with the text: a card or a sticker, answers to tap. */
  rich: Rich | null;
  choices: Choice[];
  /** What a macro will change once this is sent. */
  actions: Wanted | null;
}

export type Kept = "empty" | "dirty" | "saved" | "failed";

interface Held {
  writing: Signal<Writing>;
  kept: Signal<Kept>;
  /** The server's draft has been looked at. */
  restored: boolean;
  soon: ReturnType<typeof later>;
}

/** What the server could not take is kept by the browser until it can. */
const here = {
  name: (number: number, mode: Mode) => `madoguchi.draft.${me.peek()?.id ?? 0}.${number}.${mode}`,
  keep(number: number, mode: Mode, body: DraftBody): void {
    try {
      localStorage.setItem(here.name(number, mode), JSON.stringify(body));
    } catch {
      // Full or forbidden: the text is still on the screen.
    }
  },
  take(number: number, mode: Mode): Partial<DraftBody> | null {
    try {
      return JSON.parse(localStorage.getItem(here.name(number, mode)) ?? "null") as Partial<DraftBody> | null;
    } catch {
      return null;
    }
  },
  drop: (number: number, mode: Mode) => localStorage.removeItem(here.name(number, mode)),
};

const EMPTY: Writing = { text: "", to: null, cc: null, attachments: [], account: null, answers: null, rich: null, choices: [], actions: null };
const PAUSE = 1000;
const held = new Map<string, Held>();

/** Which composer is shown for a ticket. */
const modes = new Map<number, Signal<Mode>>();

export function modeOf(number: number): Signal<Mode> {
  let mode = modes.get(number);
  if (!mode) modes.set(number, (mode = signal<Mode>("reply")));
  return mode;
}

function at(number: number, mode: Mode): Held {
  const key = `${number}:${mode}`;
  let found = held.get(key);
  if (!found) {
    found = {
      writing: signal(EMPTY),
      kept: signal<Kept>("empty"),
      restored: false,
      soon: later(PAUSE, () => void save(number, mode)),
    };
    held.set(key, found);
  }
  return found;
}

export function draft(number: number, mode: Mode): { writing: Signal<Writing>; kept: Signal<Kept> } {
  return at(number, mode);
}

/** Take over what the server kept, once, unless something was written here meanwhile. */
export function restore(thread: Thread): void {
  const { number } = thread.ticket;
  // Where no account reaches the customer, a note is what can be written.
  if (thread.ticket.reply_account === null && !modes.has(number)) modes.set(number, signal<Mode>("note"));
  for (const mode of ["reply", "note"] as const) {
    const mine = at(number, mode);
    if (mine.restored) continue;
    mine.restored = true;
    const local = here.take(number, mode);
    const found =
      local ??
      (thread.drafts.find((each) => each.mode === mode && each.agent === me.peek()?.id)?.body as
        Partial<DraftBody> | undefined);
    if (!found || mine.kept.peek() !== "empty") continue;
    const { text = "", to = null, cc = null, attachments = [], account = null } = found;
    const { answers = null, rich = null, choices = [], actions = null } = found;
    mine.writing.value = { text, to, cc, attachments, account, answers, rich, choices, actions };
    mine.kept.value = local ? "dirty" : "saved";
    if (local) mine.soon.call();
    if (mode === "note" && at(number, "reply").kept.peek() === "empty") modeOf(number).value = "note";
  }
}

export function write(number: number, mode: Mode, change: Partial<Writing>): void {
  const mine = at(number, mode);
  mine.writing.value = { ...mine.writing.peek(), ...change };
  mine.kept.value = "dirty";
  mine.soon.call();
}

export function blank(writing: Writing): boolean {
  return !writing.text.trim() && !writing.attachments.length && !writing.rich && writing.to === null && writing.cc === null;
}

function body(writing: Writing): DraftBody {
  return {
    text: writing.text,
    attachments: writing.attachments,
    ...(writing.to ? { to: writing.to } : {}),
    ...(writing.cc ? { cc: writing.cc } : {}),
    ...(writing.account === null ? {} : { account: writing.account }),
    ...(writing.answers === null ? {} : { answers: writing.answers }),
    ...(writing.rich ? { rich: writing.rich } : {}),
    ...(writing.choices.length ? { choices: writing.choices } : {}),
    ...(writing.actions ? { actions: writing.actions } : {}),
  };
}

async function save(number: number, mode: Mode, leaving = false): Promise<void> {
  const mine = at(number, mode);
  const writing = mine.writing.peek();
  const empty = blank(writing);
  try {
    if (empty) await api.dropDraft(number, mode);
    else await api.saveDraft(number, mode, body(writing), leaving);
    here.drop(number, mode);
    if (mine.writing.peek() !== writing) return;
    mine.kept.value = empty ? "empty" : "saved";
    if (mode === "reply") paintRow(number, { draft: !empty });
  } catch {
    if (mine.writing.peek() !== writing) return;
    mine.kept.value = "failed";
    here.keep(number, mode, body(writing));
    setTimeout(() => mine.kept.peek() === "failed" && mine.soon.call(), 5000);
  }
}

/** It was sent: nothing is being written here any more. The server throws its own copy away with the sending. */
export function sent(number: number, mode: Mode): void {
  const mine = at(number, mode);
  mine.soon.drop();
  mine.writing.value = EMPTY;
  mine.kept.value = "empty";
  here.drop(number, mode);
  paintRow(number, { draft: false });
  void api.dropDraft(number, mode).catch(() => undefined);
}

/** Put a text back, below what is being written by now. */
export function restoreText(number: number, mode: Mode, text: string): void {
  const writing = at(number, mode).writing.peek();
  modeOf(number).value = mode;
  write(number, mode, { text: writing.text.trim() ? `${writing.text}\n\n${text}` : text });
}

export function restoreFiles(number: number, mode: Mode, attachments: readonly Attachment[]): void {
  write(number, mode, { attachments: [...at(number, mode).writing.peek().attachments, ...attachments] });
}

/** Save at once whatever is due: the ticket or the page is being left. */
export function flushDrafts(): void {
  for (const mine of held.values()) mine.soon.flush();
}

/** The server is there again: what it could not take is offered at once. */
export function offerAgain(): void {
  for (const [key, mine] of held) {
    const [number, mode] = key.split(":");
    if (mine.kept.peek() === "failed") void save(Number(number), mode as Mode);
  }
}

addEventListener("pagehide", () => {
  for (const [key, mine] of held) {
    if (mine.kept.peek() !== "dirty") continue;
    const [number, mode] = key.split(":");
    here.keep(Number(number), mode as Mode, body(mine.writing.peek()));
    void save(Number(number), mode as Mode, true);
  }
});
