/** The API's calls by name, one line each, so that nobody else spells a path. */
import type { Message as LineMessage } from "../../shared/line/objects";
import { get, patch, post, put, putBytes, query, remove } from "./client";
import type { Customer, Freshness, Merge, MergePreview, Notice, NoticeDeed, Suggestion, TimelineEntry } from "./customers";
import type { Agent, Availability, Desk, Preferences, Presence, SavedView, Standing } from "./desk";
import type { Choice, DraftBody, Message, Party, Rich } from "./messages";
import type { Attempt, ArticleHit, Macro, Outcome, SuggestedArticle } from "./texts";
import type { Change, Counts, Mode, Page, SearchHit, Status, Thread, Ticket, TicketEdit, TicketRow, Wanted } from "./tickets";
import type { Visitor } from "./visitors";

export type Filter = Record<string, string>;

export interface Reply {
  text: string;
  seen: number;
  to?: Party[];
  cc?: Party[];
  attachments: number[];
  status: Status;
  account?: number;
  answers?: number;
  rich?: Rich;
  choices?: Choice[];
  also?: Also;
}

/** What a message through an account may hold (null: no limit), and how many may still leave this month. */
export interface Limits {
  text_units: number | null;
  bubbles: number | null;
  quota: number | null;
  left: number | null;
}

/** How something besides words looks to the customer: as LINE's message objects, or (null) in words. */
export interface Drawn {
  messages: LineMessage[] | null;
  words: string;
  choices: Choice[];
}

export interface StickerPackage {
  package: string;
  first: number;
  last: number;
}

/** A page on which a contact and a customer become one; `qr` is a picture of its address. */
export interface Way {
  url: string;
  code: string;
  qr: string;
  /** The same as a sentence to the customer. */
  words: string;
}

/** What changes of the ticket in the same step as a message is written. */
export interface Also extends Omit<Wanted, "tags"> {
  add_tags?: string[];
}

export interface NewTicket {
  account: number;
  to: Party[];
  cc: Party[];
  subject: string;
  text: string;
  attachments: number[];
  customer?: number;
}

export interface Call {
  number: string;
  name: string;
  text: string;
  due_at: string | null;
  direction: "in" | "out";
}

export const api = {
  me: () => get<Agent>("/me"),
  desk: () => get<Desk>("/desk"),
  viewCounts: () => get<{ view: number; tickets: number; more: boolean }[]>("/views/counts"),
  counts: () => get<Counts>("/tickets/counts"),
  tickets: (filter: Filter, limit: number, after?: string | null, signal?: AbortSignal) =>
    get<Page<TicketRow>>(`/tickets${query({ ...filter, limit, after })}`, signal),
  rows: async (numbers: readonly number[]) =>
    rowsOf(await get<TicketRow[] | Page<TicketRow>>(`/tickets/rows${query({ numbers: numbers.join(",") })}`)),
  thread: (number: number, signal?: AbortSignal) => get<Thread>(`/tickets/${number}`, signal),
  messages: async (number: number, where: { before?: number; after?: number; limit?: number }) =>
    rowsOf(await get<Message[] | Page<Message>>(`/tickets/${number}/messages${query(where)}`)),
  message: (id: number) => get<Message>(`/messages/${id}`),
  /** Newest first; `next` is the `before` of the page behind it. */
  history: (number: number, before?: number) =>
    get<{ items: Change[]; next: number | null }>(
      `/tickets/${number}/history${query({ limit: 200, order: "newest", before })}`,
    ),
  edit: (number: number, changes: TicketEdit, version: number) =>
    patch<Ticket>(`/tickets/${number}`, { ...changes, version }),
  bulk: (numbers: number[], changes: TicketEdit) => post<unknown>("/tickets/bulk", { numbers, changes }),
  reply: (number: number, reply: Reply, key: string) => post<Message>(`/tickets/${number}/replies`, reply, key),
  note: (number: number, note: { text: string; attachments: number[]; mentions: number[]; also?: Also }, key: string) =>
    post<Message>(`/tickets/${number}/notes`, note, key),
  accept: (number: number) => post<Ticket>(`/tickets/${number}/accept`),
  handOver: (number: number, how: { to?: number; team?: number; note: string }) =>
    post<Ticket>(`/tickets/${number}/hand-over`, how),
  end: (number: number, ask_rating: boolean) => post<Ticket>(`/tickets/${number}/end`, { ask_rating }),
  askRating: (number: number) => post<Message>(`/tickets/${number}/ratings`),
  greet: ({ account, visitor }: Visitor, text: string) => post<Ticket>("/visitors/greetings", { account, visitor, text }),
  merge: (number: number, into: number) => post<Ticket>(`/tickets/${number}/merge`, { into }),
  split: (number: number, messages: number[], subject: string) =>
    post<Ticket>(`/tickets/${number}/split`, { messages, subject }),
  link: (number: number, other: number) => put<Ticket>(`/tickets/${number}/links/${other}`),
  unlink: (number: number, other: number) => remove<Ticket>(`/tickets/${number}/links/${other}`),
  saveDraft: (number: number, mode: Mode, body: DraftBody, leaving = false) =>
    put<unknown>(`/tickets/${number}/drafts/${mode}`, { body }, leaving),
  dropDraft: (number: number, mode: Mode) => remove<unknown>(`/tickets/${number}/drafts/${mode}`),
  read: (number: number, seq: number) => put<unknown>(`/tickets/${number}/read`, { seq }),
  open: (ticket: NewTicket, key: string) => post<Ticket>("/tickets", ticket, key),
  call: (call: Call, key: string) => post<{ arrival: number; ticket: number | null }>("/calls", call, key),
  recall: (letter: number) => post<unknown>(`/letters/${letter}/recall`),
  resend: (letter: number) => post<unknown>(`/letters/${letter}/resend`),
  search: (text: string, limit: number, after?: string | null, signal?: AbortSignal) =>
    get<Page<SearchHit>>(`/search${query({ q: text, limit, after })}`, signal),
  customers: async (text: string, signal?: AbortSignal) =>
    rowsOf(await get<Customer[] | Page<Customer>>(`/customers${query({ q: text, limit: 8 })}`, signal)),
  editCustomer: (id: number, changes: Partial<Pick<Customer, "name" | "kana" | "company" | "note">>, version: number) =>
    patch<Customer>(`/customers/${id}`, { ...changes, version }),
  limits: (account: number) => get<Limits>(`/accounts/${account}/limits`),
  preview: (account: number, along: { rich: Rich | null; choices: readonly Choice[] }) =>
    post<Drawn>(`/accounts/${account}/previews`, along),
  stickers: (account: number) => get<StickerPackage[]>(`/accounts/${account}/stickers`),
  invite: (customer: number, account: number, language: string) =>
    post<Way>(`/customers/${customer}/links`, { account, language }),
  linkPage: (contact: number, account: number, language: string) =>
    get<Way>(`/contacts/${contact}/link${query({ account, language })}`),
  giveContact: (contact: number, customer: number) => put<Customer>(`/contacts/${contact}/customer`, { customer }),
  block: (id: number, blocked: boolean) =>
    blocked ? put<unknown>(`/customers/${id}/block`) : remove<unknown>(`/customers/${id}/block`),
  suggestions: (id: number) => get<Suggestion[]>(`/customers/${id}/suggestions`),
  setApart: (id: number, other: number) => put<unknown>(`/customers/${id}/apart/${other}`),
  mergePreview: (id: number, gone: number) => get<MergePreview>(`/customers/${id}/merge${query({ gone })}`),
  mergeCustomers: (seen: MergePreview, choices: Record<string, "kept" | "gone">) =>
    post<Customer>(`/customers/${seen.kept.id}/merge`, {
      gone: seen.gone.id,
      choices,
      version: seen.kept.version,
      gone_version: seen.gone.version,
    }),
  freshen: (id: number, wait: number) => post<Freshness[]>(`/customers/${id}/freshen${query({ wait })}`),
  merges: (id: number) => get<Merge[]>(`/customers/${id}/merges`),
  partCustomers: (merge: number) => remove<Customer>(`/customer-merges/${merge}`),
  timeline: (id: number, kinds: string, after: string | null, until: string) =>
    get<Page<TimelineEntry>>(`/customers/${id}/timeline${query({ limit: 50, kinds, after, until })}`),
  notices: (customer: number) => get<Notice[]>(`/customers/${customer}/notices`),
  noticeDeed: (id: number, deed: NoticeDeed, reason: string) =>
    post<unknown>(`/notices/${id}/${deed}`, deed === "release" || deed === "retry" ? undefined : { reason }),
  customerTickets: async (id: number) => rowsOf(await get<TicketRow[] | Page<TicketRow>>(`/customers/${id}/tickets`)),
  saveView: (name: string, filter: Record<string, unknown>) => post<SavedView>("/views", { name, filter }),
  dropView: (id: number) => remove<unknown>(`/views/${id}`),
  myDesk: () => get<{ body: Standing }>("/me/desk"),
  keepDesk: (body: Standing, leaving = false) => put<unknown>("/me/desk", { body }, leaving),
  unread: () => get<number[]>("/me/unread"),
  preferences: () => get<Preferences>("/me/preferences"),
  keepPreferences: (wanted: Preferences) => put<Preferences>("/me/preferences", wanted),
  choosePresence: (state: Presence) => put<Availability>("/me/availability", { state }),
  givePicture: (agent: number, picture: Blob) => putBytes<Agent>(`/agents/${agent}/picture`, picture),
  dropPicture: (agent: number) => remove<Agent>(`/agents/${agent}/picture`),
  macros: () => get<Macro[]>("/macros"),
  macro: (number: number, id: number) =>
    get<{ text: string; actions: TicketEdit; ask_rating: boolean; rich: Rich | null; choices: Choice[] }>(`/tickets/${number}/macros/${id}`),
  suggested: (number: number) => get<SuggestedArticle[]>(`/tickets/${number}/suggestions`),
  attempts: (number: number) => get<Attempt[]>(`/tickets/${number}/attempts`),
  judge: (number: number, suggestion: number, outcome: Outcome) =>
    put<unknown>(`/tickets/${number}/suggestions/${suggestion}/outcome`, { outcome }),
  findArticles: (q: string, ticket: number | null, signal?: AbortSignal) =>
    get<ArticleHit[]>(`/articles/search${query({ q, ticket })}`, signal),
  changes: (after: number, limit = 500) =>
    get<Page<Change> | Change[]>(`/changes${query({ after, limit })}`).then(rowsOf),
  signOut: () => remove<unknown>("/session"),
};

function rowsOf<Item>(answer: Item[] | Page<Item>): Item[] {
  return Array.isArray(answer) ? answer : answer.items;
}
