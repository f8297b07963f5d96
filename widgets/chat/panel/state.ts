/** In charge of everything that the panel shows, as signals: the conversation, what waits, and how the line is. */
import { signal } from "@preact/signals";
import type { Agent, Answers, Hours, Limits, Listed, Message, ProfileView, Tap } from "./protocol";

/** `refused` is final: another site, another version, a switched-off chat. */
export type Line = "connecting" | "live" | "away" | "offline" | "refused";

/** Something the visitor said that the desk has not acknowledged yet. */
export interface Pending {
  id: string;
  text: string;
  choice?: Tap;
  at: string;
  /** Where it belongs; "" until the desk gave the conversation a name. */
  conversation: string;
  /** The desk will not take it: its words. */
  refused?: string;
  file?: File;
  /** Its file lies on the shelf. */
  shelved?: boolean;
  preview?: string;
  /** 0 to 1, of a file on its way. */
  share?: number;
}

export const line = signal<Line>("connecting");
/** The desk's last words on what went wrong; shown until dismissed or mended. */
export const notice = signal("");
export const shown = signal(false);
export const phone = signal(false);
export const view = signal<"talk" | "list" | "line" | "faq">("talk");
/** Something was typed, so that articles may be offered. */
export const typed = signal(false);
export const menu = signal<"" | "menu" | "emoji">("");
export const listed = signal<Listed[] | null>(null);

export const welcomed = signal(false);
export const conversation = signal("");
export const ticket = signal<number | null>(null);
export const open = signal(true);
export const messages = signal<readonly Message[]>([]);
export const earlier = signal(false);
export const pending = signal<readonly Pending[]>([]);
export const agent = signal<Agent | null>(null);
export const typist = signal<Agent | null>(null);
/** Up to where an agent has read the visitor, and the visitor the agents. */
export const read = signal(0);
export const seen = signal(0);
export const unread = signal(0);
export const profile = signal<ProfileView>({});
export const identified = signal(false);
export const consent = signal(false);
export const hours = signal<Hours>({ open: true });
export const limits = signal<Limits>({ text: 50_000, file: 20 * 1024 * 1024 });
export const conversations = signal(0);
/** Whether conversations can go on in LINE, and where this one does. */
export const toLine = signal(false);
export const way = signal<Answers["line"] | null>(null);
/** The conversation is wanted by mail, and there is no address yet. */
export const mailing = signal(false);
/** Whether somebody who could answer is at the desk. */
export const attended = signal(true);
/** Nobody has answered for a while, or nobody is there. */
export const unanswered = signal(false);

/** Messages into their places by `seq`; a repeat replaces, and what waited under its id waits no longer. */
export function merge(news: readonly Message[]): void {
  const all = new Map(messages.peek().map((each) => [each.seq, each]));
  for (const each of news) all.set(each.seq, { ...all.get(each.seq), ...each });
  messages.value = [...all.values()].sort((one, other) => one.seq - other.seq);
}

/** An empty room: for another conversation, or another person. */
export function clear(): void {
  messages.value = [];
  agent.value = typist.value = null;
  read.value = seen.value = unread.value = 0;
  earlier.value = unanswered.value = mailing.value = false;
  ticket.value = way.value = null;
  open.value = true;
}
