/** The shapes of the JSON API about messages: who, what they carry, how their delivery stands, and drafts of them; kept by hand in line with the server's views. */
import type { Mode, Rating, Wanted } from "./tickets";

export type MessageKind = "customer" | "agent" | "note" | "line" | "rating" | "auto" | "bounce";

export type LetterState =
  | "held"
  | "waiting"
  | "sending"
  | "delivered"
  | "failed"
  | "recalled"
  | "delayed"
  | "arrived"
  | "bounced"
  | "complained";

export interface Party {
  name: string;
  address: string;
}

export interface Attachment {
  id: number;
  filename: string;
  content_type: string;
  size: number;
  inline: boolean;
  content_id: string | null;
  url: string;
  preview: boolean;
  /** "loading" while its network still has it, "failed", with the words why, when it will not come. */
  state: "here" | "loading" | "failed";
  words: string;
}

/** A stretch of a text, in characters: an emoji, whose picture is the file with this content id, or a name. */
export interface Mark {
  start: number;
  length: number;
  what: "emoji" | "mention";
  file: string;
  us: boolean;
}

/** What a message is when it is more than words. */
export type Card =
  | { kind: "sticker"; keywords: string[]; text: string; animated: boolean; file: string }
  | { kind: "location"; latitude: number; longitude: number; title: string; address: string }
  | { kind: "tapped"; data: string; picked: Record<string, string> }
  | { kind: "marked"; marks: Mark[] };

/** The message that another one answers, and its beginning. */
export interface Quote {
  message: number;
  seq: number;
  kind: MessageKind;
  agent: number | null;
  text: string;
  withdrawn: boolean;
}

/** Something to tap: it says `text` (the label when empty), opens `url`, or sends `data` back unseen. */
export interface Choice {
  label: string;
  text?: string;
  url?: string;
  data?: string;
}

/** A message of ours that is more than words, in terms that every network can draw in its own way. */
export type Rich =
  | { kind: "buttons"; text: string; choices: Choice[]; title?: string; picture?: string }
  | { kind: "confirm"; text: string; yes: Choice; no: Choice }
  | { kind: "carousel"; columns: { text: string; choices: Choice[]; title?: string; picture?: string }[] }
  | { kind: "sticker"; package: string; sticker: string }
  | { kind: "native"; alt: string; contents: Record<string, unknown>; format?: "flex" };

export interface Letter {
  id: number;
  state: LetterState;
  attempts: number;
  next_at: string | null;
  words: string;
  refused: Record<string, string>;
  recall_until: string | null;
  finished_at: string | null;
  /** Why it failed, where another way may help: "blocked" and "quota" offer mail. */
  code: string;
}

export interface Message {
  id: number;
  ticket: number;
  seq: number;
  kind: MessageKind;
  agent: number | null;
  sender: Party;
  to: Party[];
  cc: Party[];
  subject: string;
  text: string;
  whole_text: string | null;
  html: boolean;
  original: boolean;
  automatic: string | null;
  authentication: "pass" | "fail" | "none";
  marks: string[];
  fields: Record<string, unknown>;
  withdrawn_at: string | null;
  created_at: string;
  attachments: Attachment[];
  letter: Letter | null;
  line: { what: "joined" | "handed" | "ended" | "left"; name: string } | null;
  rating: Rating | null;
  card: Card | null;
  /** One of several pictures that were sent at once. */
  album: { id: string; index: number; total: number } | null;
  quote: Quote | null;
  /** Whether an answer can show this message as the one it answers. */
  quotable: boolean;
  rich: Rich | null;
  choices: Choice[];
}

/** What the composer keeps; the server stores it as it is. */
export interface DraftBody {
  text: string;
  to?: Party[];
  cc?: Party[];
  attachments?: Attachment[];
  account?: number | null;
  answers?: number | null;
  rich?: Rich | null;
  choices?: Choice[];
  actions?: Wanted | null;
}

export interface Draft {
  agent: number;
  mode: Mode;
  body: DraftBody;
  updated_at: string;
}
