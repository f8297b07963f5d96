/** In charge of sending what was written: looked over once more, never twice, and never past an answer unseen. */
import { signal } from "@preact/signals";
import { t } from "../../shared/words";
import { type Also, api, type Reply } from "../api/calls";
import { Refusal } from "../api/client";
import type { Message } from "../api/messages";
import type { Mode, Status, Thread, Wanted } from "../api/tickets";
import { stoppedTyping } from "../live/lookers";
import { desk, statusName } from "../store/desk";
import { loadCounts } from "../store/counts";
import { dropGone, refresh } from "../store/list";
import { keepMessage, paintTicket, reload, ticketOf } from "../store/threads";
import { recall, wantedBy } from "../thread/letter";
import { saw, seenUpTo } from "../thread/seen";
import { showDialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { articlesSent } from "./articles";
import { ConflictSheet, newerMessages } from "./conflict";
import { draft, sent, type Writing } from "./draft";
import { doubts, GuardSheet } from "./guard";
import { limitsChanged } from "./limits";

/** The ticket whose text is on its way to the server. */
export const sending = signal<number | null>(null);

/** The same text sent again after a lost answer carries the same key, and so arrives once. */
let last: { writing: Writing; status: Status; seen: number; key: string } | null = null;

function keyOf(writing: Writing, status: Status, seen: number): string {
  if (last?.writing !== writing || last.status !== status || last.seen !== seen)
    last = { writing, status, seen, key: crypto.randomUUID() };
  return last.key;
}

/** `wrong` hears what to tell beside the composer. */
export async function send(
  thread: Thread,
  mode: Mode,
  status: Status,
  wrong: (words: string) => void,
  sure = false,
): Promise<void> {
  const { number } = thread.ticket;
  const writing = draft(number, mode).writing.peek();
  if (sending.peek() !== null) return;
  if (mode === "reply" && !sure) {
    const found = doubts(writing, thread.customer);
    if (found.length) {
      showDialog(<GuardSheet doubts={found} onSend={() => void send(thread, mode, status, wrong, true)} />);
      return;
    }
  }
  sending.value = number;
  try {
    const message = mode === "reply" ? await sendReply(number, writing, status) : await sendNote(number, writing);
    stoppedTyping();
    sent(number, mode);
    if (mode === "reply") articlesSent(number, writing.text);
    keepMessage(message);
    saw(number, message.seq);
    limitsChanged(writing.account ?? thread.ticket.reply_account);
    const { status: asked, tags = [], ask_rating: _, ...rest } = writing.actions ?? {};
    const standing = ticketOf(number)?.tags ?? [];
    const then = mode === "reply" ? status : asked;
    paintTicket(number, {
      ...rest,
      ...(then ? { status: then } : {}),
      ...(tags.length ? { tags: [...new Set([...standing, ...tags])] } : {}),
    });
    if (mode === "reply") {
      if (message.letter && writing.actions) wantedBy.set(message.letter.id, writing.actions);
      said(message, status);
    }
    void reload(number);
    void refresh().then(dropGone);
    void loadCounts();
  } catch (problem) {
    if (problem instanceof Refusal && problem.status === 409 && mode === "reply") {
      const newer = newerMessages(problem.current);
      newer.forEach(keepMessage);
      void reload(number);
      if (newer.length) {
        const again = () => {
          for (const message of newer) saw(number, message.seq);
          void send(thread, mode, status, wrong, true);
        };
        showDialog(<ConflictSheet newer={newer} onSend={again} />);
      } else wrong(problem.message);
    } else if (problem instanceof Refusal) wrong([problem.message, ...Object.values(problem.fields)].join(" "));
    else wrong(t("That did not work."));
  } finally {
    sending.value = null;
    if (document.activeElement === document.body)
      document.querySelector<HTMLTextAreaElement>("#composer-text")?.focus({ preventScroll: true });
  }
}

function sendReply(number: number, writing: Writing, status: Status): Promise<Message> {
  const seen = seenUpTo(number);
  const reply: Reply = {
    text: writing.text,
    seen,
    status,
    attachments: writing.attachments.map((file) => file.id),
    ...(writing.to ? { to: writing.to } : {}),
    ...(writing.cc ? { cc: writing.cc } : {}),
    ...(writing.account === null ? {} : { account: writing.account }),
    ...(writing.answers === null ? {} : { answers: writing.answers }),
    ...(writing.rich ? { rich: writing.rich } : {}),
    ...(writing.choices.length ? { choices: writing.choices } : {}),
    ...along(writing.actions, "reply"),
  };
  return api.reply(number, reply, keyOf(writing, status, seen));
}

/** What a macro wants to change, in the same step as the message: both happen, or neither. A reply says its status itself. */
function along(actions: Wanted | null, mode: Mode): { also?: Also } {
  const { status, tags, ...rest } = actions ?? {};
  const also = { ...rest, ...(status && mode === "note" ? { status } : {}), ...(tags ? { add_tags: tags } : {}) };
  return Object.keys(also).length ? { also } : {};
}

function sendNote(number: number, writing: Writing): Promise<Message> {
  const mentions = (desk.peek()?.agents ?? [])
    .filter((agent) => writing.text.includes(`@${agent.name}`))
    .map((agent) => agent.id);
  return api.note(
    number,
    {
      text: writing.text,
      attachments: writing.attachments.map((file) => file.id),
      mentions,
      ...along(writing.actions, "note"),
    },
    keyOf(writing, "waiting", 0),
  );
}

function said(message: Message, status: Status): void {
  const words = t("Reply accepted · {status}", { status: statusName(status) });
  if (message.letter?.recall_until && Date.parse(message.letter.recall_until) > Date.now())
    toast({ words, action: t("Undo"), run: () => void recall(message) });
  else toast({ words });
}
