/** The shapes of the JSON API about the desk: who works here, where it is reached, what each agent wishes; kept by hand in line with the server's views. */
import type { Mode, Status } from "./tickets";

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
  /** Mails that remind of FAQ articles to be looked at again. */
  review_mails: boolean;
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
  customer_fields: CustomField[];
  views: SavedView[];
  status_labels: { ja: Partial<Record<Status, string>>; en: Partial<Record<Status, string>> };
  limits: { attachment_bytes: number; text_characters: number };
  /** The FAQ has published articles. */
  articles: boolean;
  /** The desk answers by itself somewhere, or did. */
  answers: boolean;
  /** Why all notices are held back; empty while they leave. */
  notices_held: string;
  time_zone: string;
  version: string;
  /** The newest change that this answer knows. */
  seq: number;
}
