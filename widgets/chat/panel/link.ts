/** In charge of the line to the desk: connecting for ever, saying hello, asking and being answered. */
import { io, type Socket } from "socket.io-client";
import { t } from "../../shared/words";
import type { Answers, Failure, FromDesk } from "./protocol";
import { line } from "./state";

type Event = keyof Answers;
type Asks = { [E in Event]: (what: object, answer: (said: Answers[E] | { error: Failure }) => void) => void };

/** In ms: no answer within this means the same as `unavailable`. */
const PATIENCE = 10_000;

export class Refused extends Error {
  constructor(readonly code: string, message: string, readonly after = 0) {
    super(message);
  }
}

let socket: Socket<FromDesk, Asks>;
let meet: () => Promise<void>;
let again: ReturnType<typeof setTimeout>;
let waits = 0;

/** Connect, and `hello` after every connection; `begin` gets the socket once, to listen on it. */
export function connect(hello: () => Promise<void>, begin: (socket: Socket<FromDesk>) => void): void {
  meet = hello;
  socket = io("/widget", {
    path: "/chat/socket.io", transports: ["websocket", "polling"], tryAllTransports: true, reconnectionDelay: 500,
    reconnectionDelayMax: 30_000, randomizationFactor: 0.5, timeout: PATIENCE,
  });
  socket.on("connect", () => void greet());
  socket.on("disconnect", lost);
  socket.on("connect_error", () => {
    lost();
    // Some networks swallow websockets without a word: the other way is tried first the next time.
    socket.io.opts.transports?.reverse();
    // The desk itself said no: the client does not try by itself then.
    if (!socket.active) later();
  });
  begin(socket as unknown as Socket<FromDesk>);
  addEventListener("online", wake);
  addEventListener("offline", lost);
  document.addEventListener("visibilitychange", () => document.hidden || wake());
}

export const connected = (): boolean => line.peek() === "live" && socket.connected;

function lost(): void {
  if (line.peek() !== "refused") line.value = navigator.onLine ? (line.peek() === "connecting" ? "connecting" : "away") : "offline";
}

async function greet(): Promise<void> {
  try {
    await meet();
    waits = 0;
    line.value = "live";
  } catch (problem) {
    lost();
    const { code, after } = problem as Refused;
    if (["unknown_site", "forbidden", "version"].includes(code)) {
      line.value = "refused";
      socket.disconnect();
    } else later(after);
  }
}

/** Try again from the start, after what the desk asked for or ever longer waits, with jitter. */
function later(after = 0): void {
  clearTimeout(again);
  const wait = Math.max(after * 1000, Math.min(500 * 2 ** waits++, 30_000));
  again = setTimeout(reconnect, wait * (0.75 + Math.random() / 2));
}

function reconnect(): void {
  if (line.peek() === "refused") return;
  socket.disconnect();
  socket.connect();
}

/** After sleep a line may look alive and be dead: say hello, and begin anew without an answer. */
function wake(): void {
  clearTimeout(again);
  if (!socket.connected) reconnect();
  else if (line.peek() !== "refused") void greet();
}

/** Ask the desk. Raises `Refused`: with `unavailable` when there is no answer. */
export async function ask<E extends Event>(event: E, what: object = {}): Promise<Answers[E]> {
  if (!socket.connected) throw new Refused("unavailable", t("There is no connection just now."));
  const asking = socket.timeout(PATIENCE) as unknown as { emitWithAck(event: string, what: object): Promise<Answers[E] | { error: Failure }> };
  const said = await asking.emitWithAck(event, what).catch(() => {
    throw new Refused("unavailable", t("There is no connection just now."));
  });
  if (said && typeof said === "object" && "error" in said) {
    const { code, message, retry_after } = (said as { error: Failure }).error;
    throw new Refused(code, message, retry_after);
  }
  return said as Answers[E];
}

/** Say it if anybody hears; nobody waits for the answer. */
export function mention(event: Event, what: object): void {
  if (connected()) ask(event, what).catch(() => undefined);
}

/** When the desk is there again; at once when it is. */
export function live(): Promise<void> {
  return new Promise((done) => {
    const stop = line.subscribe((now) => {
      if (now === "live") queueMicrotask(() => (stop(), done()));
    });
  });
}

export function leave(): void {
  line.value = "connecting";
  reconnect();
}
