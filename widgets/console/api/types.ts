/** The shapes of the JSON API that the console uses, kept by hand in line with server/tickets/views.py and the other
 *  views of the server. */

export type Status = "open" | "active" | "waiting" | "done" | "none_needed";
export type Priority = "low" | "normal" | "high" | "urgent";
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

/** A chat's visitor who is connected now; unconfirmed, but for `customer` and `signed`. */
export interface Visitor {
  account: number;
  visitor: string;
  online: boolean;
  since: string;
  name: string;
  conversation: string | null;
  ticket: number | null;
  typing: boolean;
  language: string;
  customer: { id: number; name: string } | null;
  signed: boolean;
  welcome: boolean;
  page: { url: string; title?: string; referrer?: string } | null;
  cart: Cart | null;
  order: string | null;
  tags: string[] | null;
}

export interface Cart {
  items?: { name: string; quantity?: number; price?: number }[];
  total?: number;
  currency?: string;
}

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
  actions?: TicketEdit | null;
}

export interface Draft {
  agent: number;
  mode: Mode;
  body: DraftBody;
  updated_at: string;
}

export interface Contact {
  id: number;
  kind: string;
  address: string;
  name: string;
  reachable: boolean;
  unreachable_because: string;
  seen_at: string;
  language: string | null;
  status_message: string;
  picture: string | null;
}

export interface Customer {
  id: number;
  name: string;
  kana: string;
  company: string;
  language: string | null;
  note: string;
  blocked: boolean;
  vip: boolean;
  member_rank: string;
  opted_out: boolean;
  version: number;
  created_at: string;
  contacts: Contact[];
}

export interface Order {
  id: number;
  number: string;
  shop: string;
  status: string;
  payment: string;
  currency: string;
  total: string;
  refunded: string;
  gift: boolean;
  recipient: { name?: string };
  url: string;
  ordered_at: string;
  lines: { sku: string; name: string; quantity: number; price: string }[];
  shipments: {
    id: number;
    carrier: string;
    tracking_number: string;
    url: string | null;
    status: string;
    expected_at: string | null;
    delivered_at: string | null;
  }[];
}

/** What a customer bought so far; amounts are decimals written as text. */
export interface Value {
  currency: string;
  orders: number;
  spent: string;
  average: string;
  return_rate: number;
  first_at: string;
  last_at: string;
  recency: number | null;
  frequency: number | null;
  monetary: number | null;
  decile: number | null;
}

export interface Purchases {
  orders: Order[];
  more: boolean;
  subscriptions: { id: number; name: string; status: string; amount: string; currency: string; next_at: string | null }[];
  value: Value | null;
  segments: string[];
}

export interface Suggestion {
  id: number;
  name: string;
  kana: string;
  company: string;
  contacts: string[];
  tickets: number;
  orders: number;
  score: number;
  reasons: string[];
}

export interface MergePreview {
  kept: Customer;
  gone: Customer;
  score: number;
  reasons: string[];
  fields: { name: string; kept: unknown; gone: unknown; proposed: "kept" | "gone" | "both"; same: boolean }[];
  moves: Record<string, number>;
}

export interface Merge {
  id: number;
  kept: number;
  gone: number;
  gone_name: string;
  by: string;
  at: string;
  undone_at: string | null;
}

export interface TimelineEntry {
  kind: "message" | "note" | "order" | "payment" | "shipment" | "return" | "interaction";
  id: number;
  at: string;
  title: string;
  text: string;
  status: string;
  source: string;
  ticket: number | null;
  seq: number | null;
  number: string;
  amount: string | null;
  currency: string;
  url: string | null;
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

export interface Agent {
  id: number;
  email: string;
  name: string;
  role: "admin" | "lead" | "agent" | "viewer";
  language: string;
  signature: string;
  teams: number[];
  active: boolean;
  /** The path of their picture; empty when there is none. */
  picture: string;
}

export type Presence = "online" | "away" | "offline";

/** Whether an agent answers now, and what they chose: "online" leaves it to their consoles. */
export interface Availability {
  agent: number;
  state: Presence;
  chosen: Presence;
  since: string | null;
}

/** How an agent is told of what happens. */
export interface Preferences {
  desktop: boolean;
  sound: boolean;
  volume: number;
  quiet: boolean;
  quiet_until: string | null;
  away_after: 0 | 5 | 10 | 20 | 30 | 60;
  wanted: Record<"mine" | "teams" | "unassigned" | "chats" | "mentions" | "assigned", boolean>;
  /** An own key for a command, by the one it has otherwise. */
  keys: Record<string, string>;
}

export interface Account {
  id: number;
  kind: string;
  name: string;
  address: string;
  can_send: boolean;
}

export interface CustomField {
  name: string;
  kind: "text" | "number" | "boolean" | "date" | "choice";
  label_ja: string;
  label_en: string;
  choices: string[];
}

/** Where a thread is scrolled to: a message, and how far below the top of the log it begins, in pixels. */
export interface Place {
  seq: number;
  top: number;
}

/** How an agent's console stands; the server keeps it as it is. */
export interface Standing {
  device?: string;
  tickets?: { number: number; mode?: Mode; place?: Place | undefined }[];
}

/** What a macro changes. Its tags are added to those that stand. */
export interface MacroActions {
  status?: Status;
  priority?: Priority;
  assignee?: number | "me" | null;
  team?: number | null;
  tags?: string[];
}

export interface Macro {
  id: number;
  name: string;
  text: string;
  actions: MacroActions;
  agent: number | null;
  rich: Rich | null;
  choices: Choice[];
}

/** An article that was looked for, its text as the ticket's channel would send it; `confidence`: that it is the answer. */
export interface ArticleHit {
  article: number;
  question: string;
  category: string;
  text: string;
  confidence: number | null;
  audience: "public" | "internal";
}

export type Outcome = "used" | "edited" | "rejected";

/** An article beside a message. */
export interface SuggestedArticle extends Omit<ArticleHit, "category"> {
  id: number;
  message: number;
  confidence: number;
  decision: "answer" | "suggest";
  outcome: Outcome | null;
}

export interface SavedView {
  id: number;
  name: string;
  agent: number | null;
  filter: Record<string, unknown>;
}

export interface Tag {
  id: number;
  name: string;
  color: string;
}

export interface Desk {
  name: string;
  agents: Agent[];
  availability: Availability[];
  teams: { id: number; name: string }[];
  tags: Tag[];
  accounts: Account[];
  custom_fields: CustomField[];
  views: SavedView[];
  status_labels: { ja: Partial<Record<Status, string>>; en: Partial<Record<Status, string>> };
  limits: { attachment_bytes: number; text_characters: number };
  /** The FAQ has published articles. */
  articles: boolean;
  time_zone: string;
  version: string;
  /** The newest change that this answer knows. */
  seq: number;
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

export interface Looker {
  id: number;
  typing: boolean;
}
