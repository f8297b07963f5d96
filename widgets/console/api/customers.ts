/** The shapes of the JSON API about customers: how they are reached, what they bought, who may be whom, what happened with them; kept by hand in line with the server's views. */

export interface Contact {
  id: number;
  kind: string;
  address: string;
  name: string;
  reachable: boolean;
  shown: string;
  verified_by: string;
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
  /** How notices reach them: line, email, none; empty for the usual way. */
  notices_by: "" | "line" | "email" | "none";
  stops: string[];
  erased_at: string | null;
  department: string;
  birthday: string;
  tags: string[];
  attributes: Record<string, string | number | boolean>;
  addresses: { id: number; name: string; postal_code: string; region: string; city: string; street: string }[];
  consents: { purpose: string; channel: string; given: boolean; at: string }[];
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
  returns: { id: number; status: string; amount: string; reason: string }[];
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
  kind: "message" | "note" | "notice" | "order" | "payment" | "shipment" | "return" | "interaction";
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
  /** The id of a notice that the desk planned: then `title` is its kind and `status` how it fares. */
  notice: number | null;
  label: Readonly<Record<string, string>>;
}

export type NoticeDeed = "hold" | "release" | "cancel" | "retry" | "again";

/** What the desk tells a customer by itself. */
export interface Notice {
  id: number;
  kind: string;
  label: Readonly<Record<string, string>>;
  state: string;
  fate: string;
  reason: string;
  words: string;
  due_at: string;
  settled_at: string | null;
  letter: number | null;
  letter_state: string;
  letter_words: string;
  way: string;
  number: string;
}

/** How old what another system said of a customer is. */
export interface Freshness {
  readonly source: string;
  readonly title: string | Readonly<Record<string, string>>;
  readonly at: string | null;
  readonly state: "fresh" | "asking" | "old" | "failed";
  readonly words: string;
}
