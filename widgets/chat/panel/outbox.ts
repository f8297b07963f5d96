/** In charge of what the visitor said and the desk has not acknowledged: kept in storage, sent in order, again and again. */
import { batch } from "@preact/signals";
import { t } from "../../shared/words";
import { tell } from "./bridge";
import { ask, connected, Refused } from "./link";
import type { Failure, Filed, Tap } from "./protocol";
import { conversation, merge, messages, notice, open, pending, type Pending, ticket } from "./state";
import { later } from "./later";
import { left, put, take } from "./storage";

/** In ms: how long the desk may leave an upload without an answer once all of it went. */
const PATIENCE = 60_000;
let visitor = "";
let busy = false;
let limited = "";
let timer: ReturnType<typeof setTimeout>;

/** 128 random bits as the protocol's letters. */
function freshId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function change(id: string, to: Partial<Pending>): void {
  pending.value = pending.peek().map((each) => (each.id === id ? { ...each, ...to } : each));
}

function keepIt({ file, preview, share, ...item }: Pending): void {
  if (!file || item.shelved) put(`say:${item.id}`, JSON.stringify({ ...item, visitor }));
}

export function discard(id: string): void {
  const gone = pending.peek().find((each) => each.id === id);
  if (gone?.preview) URL.revokeObjectURL(gone.preview);
  pending.value = pending.peek().filter((each) => each.id !== id);
  put(`say:${id}`, undefined);
  if (gone?.shelved) shelf("drop", id);
}

/** What is done with the shelf; where the browser keeps nothing, a file lives as long as the page. */
const shelf = (what: "take" | "drop", id: string): Promise<unknown> => later().then((parts) => parts.shelf[what](id)).catch(() => undefined);

/** Whose the queue is. What somebody else left on this device is dropped, what this one left is taken up. */
export async function adopt(who: string): Promise<void> {
  visitor = who;
  for (const key of left()) {
    const { visitor: whose, ...item } = JSON.parse(take(key) || "{}") as Pending & { visitor?: string };
    const known = pending.peek().some((each) => each.id === item.id);
    // It had arrived when the page was left; only the acknowledgement had not come.
    if (messages.peek().some((each) => each.id === item.id)) {
      put(key, undefined);
      if (item.shelved) void shelf("drop", item.id);
      continue;
    }
    if (item.shelved && !known) item.file = (await shelf("take", item.id)) as File | undefined;
    if ((whose && whose !== who) || (item.shelved && !item.file && !known)) put(key, undefined);
    else if (item.id && !known) pending.value = [...pending.peek(), shown(item)];
  }
  pending.value = pending.peek().map((each) => ({ ...each, conversation: each.conversation || conversation.peek() }));
  pending.peek().forEach(keepIt);
}

export function say(text: string, choice?: Tap): void {
  add({ id: freshId(), text, choice, at: new Date().toISOString(), conversation: conversation.peek() });
}

export function sayFile(file: File): void {
  const id = freshId();
  add(shown({ id, text: file.name, at: new Date().toISOString(), conversation: conversation.peek(), file }));
  void later().then(async (parts) => {
    await parts.shelf.put(id, file);
    const item = pending.peek().find((each) => each.id === id);
    if (!item) return parts.shelf.drop(id);
    change(id, { shelved: true });
    keepIt({ ...item, shelved: true });
  }).catch(() => undefined);
}

/** A file as it waits: a picture with its preview. */
function shown(item: Pending): Pending {
  const { file } = item;
  if (file) item.share = 0;
  if (file && /^image\/(png|jpe?g|gif|webp)$/.test(file.type)) item.preview = URL.createObjectURL(file);
  return item;
}

function add(item: Pending): void {
  keepIt(item);
  pending.value = [...pending.peek(), item];
  void flush();
}

/** Once more, after the desk refused it. */
export function retry(id: string): void {
  change(id, { refused: undefined });
  void flush();
}

/** Send what waits, oldest first, one after the other. A refusal for now stops the rest; they go later. */
export async function flush(): Promise<void> {
  if (busy) return;
  busy = true;
  clearTimeout(timer);
  try {
    for (let next; connected() && (next = pending.peek().find((each) => each.refused === undefined)); ) await one(next);
  } catch (problem) {
    const { code, message, after } = problem as Refused;
    if (code === "too_many") notice.value = limited = message;
    timer = setTimeout(() => void flush(), Math.max(after * 1000, 2000) * (1 + Math.random() / 4));
  } finally {
    busy = false;
  }
}

async function one(item: Pending): Promise<void> {
  try {
    const where = item.conversation ? { conversation: item.conversation } : {};
    const filed = item.file ? await upload(item, where) : await ask("send", { id: item.id, text: item.text, choice: item.choice, ...where });
    batch(() => acknowledged(item, filed));
  } catch (problem) {
    const { code, message } = problem as Refused;
    if (["unavailable", "too_many", "hello_first", "unknown_token"].includes(code)) throw problem;
    change(item.id, { refused: message, share: undefined });
  }
}

function acknowledged(item: Pending, filed: Filed): void {
  discard(item.id);
  // What was too fast is mended; other words stay until they were read.
  if (notice.peek() === limited) notice.value = "";
  if (filed.conversation !== conversation.peek()) return;
  merge([filed.message ?? { seq: filed.seq, from: "visitor", text: item.text, at: filed.at, id: item.id, files: [] }]);
  open.value = true;
  if (filed.ticket && filed.ticket !== ticket.peek()) {
    ticket.value = filed.ticket;
    tell("ticket", { number: filed.ticket });
  }
  tell("message", { from: "customer", text: item.text });
}

async function upload(item: Pending, where: object): Promise<Filed> {
  const { id, file } = item;
  if (!file) throw new Refused("invalid", "");
  const { url, grant } = await ask("upload", { id, name: file.name || "image.png", type: file.type, size: file.size, ...where });
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const away = () => fail(new Refused("unavailable", t("There is no connection just now.")));
    request.open("POST", url);
    request.setRequestHeader("Authorization", `Bearer ${grant}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = ({ loaded }) => change(id, { share: loaded / file.size });
    request.upload.onload = () => (request.timeout = performance.now() + PATIENCE);
    request.onerror = request.ontimeout = request.onabort = away;
    request.onload = () => {
      try {
        const said = JSON.parse(request.responseText) as Filed & { error?: Failure };
        if (said.error) fail(new Refused(said.error.code, said.error.message, said.error.retry_after));
        else done(said);
      } catch {
        away();
      }
    };
    request.send(file);
  });
}
