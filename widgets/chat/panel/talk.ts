/** In charge of the conversation: the hello and what the desk says by itself, put where the screen looks. */
import { batch } from "@preact/signals";
import type { Socket } from "socket.io-client";
import { language, t } from "../../shared/words";
import type { Cart, PageInfo, Profile } from "../surface";
import { tell } from "./bridge";
import { ask, connected, leave, live, mention, type Refused } from "./link";
import { adopt, flush } from "./outbox";
import { color, page } from "./page";
import type { FromDesk, Hours, Message, Welcome } from "./protocol";
import * as state from "./state";
import { fill } from "./storage";

/** What the host page told us, for the next hello. */
export const told: {
  token: string; jwt?: string; page?: PageInfo; cart?: Cart | null; order?: string | null; tags: string[]; profile: Profile;
} = { token: "", tags: [], profile: {} };
/** The signature that the desk has looked at. */
let shownJwt: string | undefined;
/** The highest `seq` up to which nothing is missing; acknowledgements do not count, another's words may lie before. */
let complete = 0;
let fade: ReturnType<typeof setTimeout>;
let patience: ReturnType<typeof setTimeout>;
/** In ms: after this long without an answer the visitor is offered to go on by mail. */
const LONG = 90_000;

export async function hello(): Promise<void> {
  const here = state.conversation.peek();
  const since = here && complete ? complete : undefined;
  shownJwt = told.jwt;
  const said = {
    v: 1, site: page.site, language: language.peek(), page: told.page, tags: told.tags, ...(told.token && { token: told.token }),
    ...(told.jwt && { jwt: told.jwt }), ...(here && { conversation: here }), ...(since && { since }),
  };
  try {
    await welcome(await ask("hello", said), since !== undefined);
  } catch (problem) {
    const { code, message } = problem as Refused;
    if (code === "unknown_token") forget();
    else if (code === "bad_identity") {
      // Go on as before; the shop hears that its signature is wrong.
      told.jwt = undefined;
      tell("error", { words: message });
    } else if (code === "not_found" || (code === "forbidden" && here)) complete = 0, (state.conversation.value = "");
    else throw problem;
    await hello();
  }
}

/** The desk's answer to hello, open, start and identify. */
async function welcome(said: Welcome, goesOn = false): Promise<void> {
  batch(() => {
    if (!goesOn || said.conversation !== state.conversation.peek()) state.clear();
    told.token = said.token;
    state.conversation.value = said.conversation;
    state.ticket.value = said.ticket;
    state.open.value = said.open;
    state.identified.value = said.identified;
    state.profile.value = said.profile;
    state.consent.value = said.consent;
    state.hours.value = said.hours ?? { open: true };
    state.attended.value = said.attended ?? true;
    state.toLine.value = !!said.line;
    state.limits.value = said.limits ?? state.limits.peek();
    state.conversations.value = said.conversations;
    state.read.value = said.read ?? 0;
    state.seen.value = Math.max(said.seen ?? 0, state.seen.peek());
    state.agent.value = said.agent;
    if (!goesOn) state.earlier.value = said.earlier;
    take(said.messages);
    state.unread.value = said.unread;
    state.welcomed.value = true;
    state.notice.value = "";
  });
  await adopt(said.visitor);
  for (let more = goesOn && said.more; more; ) {
    const next = await ask("history", { after: complete, conversation: said.conversation, limit: 100 });
    take(next.messages);
    more = next.more && next.messages.length > 0;
  }
  state.line.value = "live";
  // The page may have said some of it after the hello went out.
  const { page: shown, cart, order, tags, profile } = told;
  mention("context", { page: shown, cart, order, tags });
  if (Object.keys(profile).length) void introduce(profile).catch(() => undefined);
  saw();
  watch();
  void flush();
}

let lastKept = "";
/** The host page keeps the token, and whether there is something to come back for. */
export function keepToken(): void {
  const kept = { token: told.token, live: state.ticket.peek() !== null && state.open.peek(), color };
  if (told.token && lastKept !== (lastKept = JSON.stringify(kept))) tell("keep", kept);
}

function take(news: Message[]): void {
  state.merge(news);
  complete = Math.max(complete, ...news.map((each) => each.seq));
  const ids = new Set(news.map((each) => each.id));
  if (state.pending.peek().some((each) => ids.has(each.id))) state.pending.value = state.pending.peek().filter((each) => !ids.has(each.id));
}

function forget(): void {
  batch(() => {
    fill({});
    state.clear();
    told.token = "";
    told.jwt = undefined;
    state.view.value = "talk";
    complete = 0;
    state.conversation.value = "";
    state.pending.value = [];
    state.welcomed.value = false;
  });
  lastKept = "";
  tell("keep", null);
}

/** Hear what the desk says by itself, as long as it is about the conversation on the screen. */
export function hear(socket: Socket<FromDesk>): void {
  const ours = <T extends { conversation: string }>(run: (what: T) => void) => (what: T) => {
    if (what.conversation === state.conversation.peek()) batch(() => run(what));
  };
  socket.on("messages", ours(({ messages }) => {
    const fresh = messages.filter((each) => counts(each) && each.seq > Math.max(complete, state.seen.peek()));
    take(messages);
    state.unread.value += fresh.length;
    for (const { text } of fresh) tell("message", { from: "agent", text });
    if (fresh.length) state.typist.value = null;
    saw();
    watch();
  }));
  socket.on("withdrawn", ours(({ seq }) => {
    state.messages.value = state.messages.peek().map((each) => (each.seq === seq ? { ...each, withdrawn: true, text: "", files: [] } : each));
  }));
  socket.on("typing", ours(({ agent, typing }) => {
    clearTimeout(fade);
    state.typist.value = typing ? agent : null;
    fade = setTimeout(() => (state.typist.value = null), 6000);
  }));
  socket.on("agent", ours(({ agent }) => {
    state.agent.value = agent;
  }));
  socket.on("read", ours(({ seq }) => (state.read.value = Math.max(seq, state.read.peek()))));
  socket.on("seen", ours(({ seq }) => {
    state.seen.value = Math.max(seq, state.seen.peek());
    count();
  }));
  socket.on("state", ours(({ open }) => (state.open.value = open)));
  socket.on("attended", ({ attended }) => {
    state.attended.value = attended;
    watch();
  });
  socket.on("hours", (hours: Hours) => (state.hours.value = hours));
  socket.on("conversation", ({ conversation }) => {
    if (conversation !== state.conversation.peek()) void go(conversation);
  });
  socket.on("profile", ({ profile, consent, identified }) => batch(() => {
    state.profile.value = profile;
    state.consent.value = consent;
    state.identified.value = identified;
  }));
  socket.on("gone", () => {
    forget();
    leave();
  });
}

export async function end(): Promise<void> {
  state.open.value = (await ask("end", { conversation: state.conversation.peek() })).open;
}

export async function rate(seq: number, score: number, comment: string): Promise<void> {
  await ask("rate", { seq, score, comment, conversation: state.conversation.peek() });
  state.merge(state.messages.peek().filter((each) => each.seq === seq).map((each) => ({ ...each, rating: { score, comment } })));
}

/** Whether a message is one to be read: not one's own, nor a line of what happened. */
const counts = (message: Message): boolean => message.from !== "visitor" && !message.line;

function count(): void {
  state.unread.value = state.messages.peek().filter((each) => counts(each) && each.seq > state.seen.peek()).length;
}

/** What is on the screen of an open panel was seen. */
export function saw(): void {
  const last = state.messages.peek().findLast(counts)?.seq ?? 0;
  if (!state.shown.peek() || document.hidden || !connected()) return;
  if (last > state.seen.peek()) {
    state.seen.value = last;
    mention("read", { seq: last, conversation: state.conversation.peek() });
  }
  state.unread.value = 0;
}

/** Whether an answer is long in coming. */
export function watch(): void {
  clearTimeout(patience);
  const last = state.messages.peek().at(-1);
  state.unanswered.value = last?.from === "visitor" && !state.attended.peek();
  if (last?.from !== "visitor" || !state.open.peek()) return;
  const waited = Date.now() - Date.parse(last.at);
  patience = setTimeout(() => (state.unanswered.value = true), Math.max(0, LONG - waited));
}

/** Another of the visitor's conversations; "" begins a new one. */
export async function go(conversation: string): Promise<void> {
  const said = await (conversation ? ask("open", { conversation }) : ask("start"));
  complete = 0;
  await welcome(said);
  state.view.value = "talk";
}

export async function lookBack(): Promise<void> {
  const before = state.messages.peek()[0]?.seq;
  const past = await ask("history", { before, conversation: state.conversation.peek() });
  batch(() => {
    state.merge(past.messages);
    state.earlier.value = past.earlier;
  });
}

export async function introduce(who: Profile & { consent?: boolean; fields?: Record<string, string> }): Promise<void> {
  const { profile, consent } = await ask("profile", { ...who, language: language.peek() });
  batch(() => {
    state.profile.value = profile;
    state.consent.value = consent;
  });
}

/** What leads to LINE with this conversation. */
export async function onward(): Promise<void> {
  state.way.value = await ask("line", { conversation: state.conversation.peek() });
  state.view.value = "line";
}

/** The conversation by mail; without an address it is asked for first. Answers what to say. */
export async function transcript(): Promise<string> {
  state.mailing.value = !state.profile.peek().email && !state.identified.peek();
  if (state.mailing.peek()) return "";
  const { email } = await ask("transcript", { conversation: state.conversation.peek() });
  return t("The conversation is on its way to {email}.", { email });
}

export async function identify(jwt: string): Promise<void> {
  told.jwt = jwt;
  await live();
  if (jwt === shownJwt) return;
  try {
    const said = await ask("identify", { jwt });
    complete = 0;
    await welcome(said);
  } catch (problem) {
    told.jwt = undefined;
    tell("error", { words: (problem as Error).message });
  }
}

/** The next person at this screen finds nothing. */
export async function logout(): Promise<void> {
  told.profile = {};
  told.jwt = told.cart = told.order = undefined;
  told.tags = [];
  if (told.token) await live().then(() => ask("logout")).catch(() => undefined);
  forget();
  if (state.shown.peek()) leave();
}
