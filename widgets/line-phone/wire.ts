/** In charge of the line to the simulator: what is on the screens, and what somebody does. */
import { signal } from "@preact/signals";
import type { Action, Area, Message } from "../shared/line/objects";

export interface Menu {
  id: string;
  size: { width: number; height: number };
  selected: boolean;
  chatBarText: string;
  areas: { bounds: Area; action: Action }[];
}

export interface Person {
  id: string;
  name: string;
  language: string | null;
  friend: boolean;
  blocked: boolean;
  menu: Menu | null;
}

export interface Group {
  id: string;
  name: string;
  kind: string;
  members: string[];
  inside: boolean;
}

export interface Bubble {
  id: string;
  at: number;
  from: string | null;
  kind: string;
  message: Message;
  via: string | null;
  quotes: string | null;
  read: boolean;
  unsent: boolean;
  notified: boolean;
}

export interface Call {
  id: string;
  at: number;
  method: string;
  path: string;
  retryKey: string | null;
  status: number;
  request: unknown;
  answer: unknown;
}

export interface Webhook {
  at: number;
  kinds: string[];
  status: number;
  reason: string;
  again: boolean;
  body: unknown;
}

export interface State {
  version: number;
  account: { name: string; id: string };
  people: Person[];
  groups: Group[];
  chats: Record<string, { loading: boolean; bubbles: Bubble[] }>;
  calls: Call[];
  webhooks: Webhook[];
  quota: { limit: number | null; used: number };
  /** How many requests are still to meet a bad day. */
  ahead: number;
  redeliver: boolean;
  connected: boolean;
}

export const state = signal<State | null>(null);
export const offline = signal(false);

const AGAIN = 1500;
/** Three dots go out by the clock, without a word from anybody: while they are there, look again soon. */
const DOTS = 1000;

export async function watch(): Promise<void> {
  for (;;) {
    try {
      const known = state.value;
      const dots = known && Object.values(known.chats).some((chat) => chat.loading);
      const after = known ? known.version : -1;
      const stop = dots ? AbortSignal.timeout(DOTS) : undefined;
      const answer = await fetch(`/line/state?after=${after}`, stop ? { signal: stop } : {}).catch((error: unknown) => {
        if (stop?.aborted) return fetch("/line/state?after=-1");
        throw error;
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const next = (await answer.json()) as State;
      offline.value = false;
      state.value = next;
    } catch {
      offline.value = true;
      await new Promise((done) => setTimeout(done, AGAIN));
    }
  }
}

export async function act(said: Record<string, unknown>): Promise<boolean> {
  const answer = await fetch("/line/do", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(said),
  });
  return answer.ok;
}

export async function send(person: string, chat: string, files: FileList | File[]): Promise<boolean> {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  const where = `as=${encodeURIComponent(person)}&chat=${encodeURIComponent(chat)}`;
  return (await fetch(`/line/files?${where}`, { method: "POST", body: form })).ok;
}
