/** In charge of the order in which a ticket is told: messages, and what happened between them. */
import { dayKey } from "../../shared/time";
import type { Message } from "../api/messages";
import type { Change, Thread } from "../api/tickets";
import { told, withoutTurns } from "./history";

export type Item = { at: number; key: string } & ({ message: Message } | { changes: Change[] });

/** Pictures that were sent at once are one message. */
function albums(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.album && last.album.id === message.album?.id && !last.withdrawn_at && !message.withdrawn_at)
      joined[joined.length - 1] = { ...last, attachments: [...last.attachments, ...message.attachments] };
    else joined.push(message);
  }
  return joined;
}

/** Messages and what happened between them, in the order of time; what happened in a row is one item. */
export function timeline(thread: Thread, history: readonly Change[]): Item[] {
  // Messages stand in the order of their seq, whatever their clocks say.
  let latest = 0;
  const all: Item[] = albums(thread.messages).map((message) => ({
    at: (latest = Math.max(latest, Date.parse(message.created_at))),
    key: `m${message.id}`,
    message,
  }));
  const oldest = thread.earlier ? (all[0]?.at ?? 0) : 0;
  const joins = thread.messages.filter((each) => each.line?.what === "joined").map((each) => Date.parse(each.created_at));
  for (const change of withoutTurns(history)) {
    const at = Date.parse(change.at);
    // A line of the chat says it already.
    if (change.data["field"] === "assignee" && joins.some((join) => Math.abs(join - at) < 2000)) continue;
    if (at >= oldest && told(change)) all.push({ at, key: `c${change.seq}`, changes: [change] });
  }
  all.sort((a, b) => a.at - b.at);
  const joined: Item[] = [];
  for (const item of all) {
    const last = joined.at(-1);
    if (last && "changes" in last && "changes" in item && dayKey(last.at) === dayKey(item.at))
      last.changes.push(...item.changes);
    else joined.push(item);
  }
  return joined;
}

/** The message that an item is. */
export function messageIn(item: Item | undefined): Message | undefined {
  return item && "message" in item ? item.message : undefined;
}
