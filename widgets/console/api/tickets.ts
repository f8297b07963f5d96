/** The shapes of the JSON API about tickets: their rows, what stands on one, lists of them, and what happened; kept by hand in line with the server's views. */
import type { Customer, Purchases } from "./customers";
import type { Draft, Message, MessageKind, Party } from "./messages";

export type Status = "open" | "active" | "waiting" | "done" | "none_needed";

export type Priority = "low" | "normal" | "high" | "urgent";

export type Mode = "reply" | "note";

export type FieldValue = string | number | boolean | null;

export const STATUSES: readonly Status[] = ["open", "active", "waiting", "done", "none_needed"];

export const PRIORITIES: readonly Priority[] = ["low", "normal", "high", "urgent"];

export interface TicketRow {
  number: number;
  subject: string;
  status: Status;
  priority: Priority;
  assignee: number | null;
  team: number | null;
  customer: { id: number; name: string };
  channel: string;
  account: number;
  tags: string[];
  spam: boolean;
  merged_into: number | null;
  snoozed_until: string | null;
  due_at: string | null;
  waiting_since: string;
  created_at: string;
  updated_at: string;
  last_seq: number;
  last_text: string;
  last_kind: MessageKind;
  version: number;
  read_seq: number;
  draft: boolean;
  undelivered: boolean;
}

export interface Ticket extends TicketRow {
  hint: string;
  suggested_merge: number | null;
  links: number[];
  fields: Record<string, FieldValue>;
  reply_to: Party[];
  reply_cc: Party[];
  reply_account: number | null;
  language: string;
  moves: Status[];
  /** Its customer watches it as it happens. */
  chat: boolean;
  /** The id of the newest message that the customer has had before them; 0 when their channel does not tell. */
  seen: number;
  seen_at: string | null;
  rating: Rating | null;
}

/** How the customer was served: 1 to 5, null until they say. */
export interface Rating {
  message: number;
  agent: number | null;
  score: number | null;
  comment: string;
  asked_at: string;
  answered_at: string | null;
}

export interface Thread {
  ticket: Ticket;
  messages: Message[];
  earlier: boolean;
  drafts: Draft[];
  customer: Customer;
  purchases: Purchases;
  other_tickets: TicketRow[];
  seq: number;
}

export interface Counts {
  views: Record<string, number>;
  statuses: Record<string, number>;
  teams: Record<string, number>;
}

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface SearchHit {
  ticket: TicketRow;
  message: number | null;
  seq: number | null;
  snippet: string;
  highlights: [number, number][];
}

export interface Change {
  seq: number;
  at: string;
  kind: string;
  by: string;
  ticket: number | null;
  data: Record<string, unknown>;
}

/** What can be changed of a ticket in one go. */
export interface TicketEdit {
  status?: Status;
  priority?: Priority;
  assignee?: number | null;
  team?: number | null;
  subject?: string;
  tags?: string[];
  fields?: Record<string, FieldValue>;
  snoozed_until?: string | null;
  due_at?: string | null;
  spam?: boolean;
}

/** What waits to be changed together with a message. */
export interface Wanted extends TicketEdit {
  ask_rating?: boolean;
}

export interface Looker {
  id: number;
  typing: boolean;
}
