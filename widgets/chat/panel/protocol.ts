/** In charge of the shapes of docs/realtime.md, widget protocol version 1. */
import type { Locale } from "../surface";

export interface Agent {
  name: string;
  picture: string | null;
}

export interface FileView {
  id: string;
  name: string;
  type: string;
  size: number;
  url: string;
  preview: boolean;
}

export interface Message {
  seq: number;
  from: "visitor" | "agent" | "desk";
  text: string;
  at: string;
  id?: string;
  agent?: Agent | null;
  files?: FileView[];
  withdrawn?: boolean;
  by_mail?: boolean;
  /** Something that happened between the messages. */
  line?: { what: "joined" | "handed" | "ended" | "left"; name: string };
  /** The question how one was served, and the answer so far. */
  rating?: { score: number | null; comment: string };
  /** What may be tapped instead of typed, until something newer is said. */
  choices?: { label: string; url?: string }[];
  /** The desk itself talks here, and does not only tell of something. */
  spoken?: boolean;
}

/** One of the choices of the message `seq`, counted from 0. */
export interface Tap {
  seq: number;
  at: number;
}

export interface ProfileView {
  name?: string;
  email?: string;
  phone?: string;
}

export interface Hours {
  open: boolean;
  until?: string;
  next?: string;
}

export interface Limits {
  text: number;
  file: number;
  types?: string[];
}

export interface History {
  conversation: string;
  ticket: number | null;
  open: boolean;
  messages: Message[];
  earlier: boolean;
  more?: boolean;
  read: number | null;
  seen: number | null;
  agent: Agent | null;
}

export interface Welcome extends History {
  visitor: string;
  token: string;
  unread: number;
  identified: boolean;
  profile: ProfileView;
  consent: boolean;
  hours?: Hours;
  /** Whether somebody who could answer is at the desk. */
  attended?: boolean;
  /** Whether conversations can go on in LINE. */
  line?: boolean;
  conversations: number;
  limits?: Limits;
}

export interface Filed {
  seq: number;
  at: string;
  ticket: number | null;
  conversation: string;
  message?: Message;
}

export interface Listed {
  id: string;
  ticket: number | null;
  open: boolean;
  started: string;
  at: string;
  text: string;
  name: string | null;
  unread: number;
}

export interface Failure {
  code: string;
  message: string;
  retry_after?: number;
}

/** What each event answers when it goes well. */
export interface Answers {
  hello: Welcome;
  start: Welcome;
  open: Welcome;
  identify: Welcome;
  send: Filed;
  upload: { url: string; grant: string };
  typing: unknown;
  read: unknown;
  context: unknown;
  logout: unknown;
  history: History;
  conversations: { current: string; conversations: Listed[] };
  profile: { profile: ProfileView; consent: boolean };
  rate: unknown;
  end: { open: boolean };
  transcript: { email: string };
  line: { url: string; qr: string };
}

type In<T> = T & { conversation: string };

/** What the desk says by itself. */
export interface FromDesk {
  messages(news: In<{ messages: Message[] }>): void;
  withdrawn(what: In<{ seq: number }>): void;
  typing(who: In<{ agent: Agent; typing: boolean }>): void;
  agent(who: In<{ agent: Agent | null }>): void;
  read(to: In<{ seq: number }>): void;
  seen(to: In<{ seq: number }>): void;
  state(now: In<{ open: boolean }>): void;
  hours(hours: Hours): void;
  attended(now: { attended: boolean }): void;
  conversation(which: { conversation: string }): void;
  profile(who: { profile: ProfileView; consent: boolean; identified: boolean }): void;
  gone(why: { code: string }): void;
}

export type Language = Locale;
