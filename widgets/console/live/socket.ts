/** In charge of the live connection: the `/agent` namespace, its honest state, and waking up after sleep. */
import { signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import { api } from "../api/calls";
import type { Change, Looker } from "../api/tickets";
import type { Visitor } from "../api/visitors";
import { sayActive } from "./active";
import { heardRead } from "./calling";
import { catchUp, known, startOver, take } from "./feed";
import { forgetVisitors, heardVisitors } from "../store/visitors";
import { forgetLookers, heard, sayWhere } from "./lookers";

export type Connection = "connecting" | "live" | "away" | "offline";

export const connection = signal<Connection>("connecting");
/** When the connection was lost, to say for how long. */
export const lostAt = signal<number | null>(null);

interface FromServer {
  changes(changes: Change[]): void;
  lookers(who: { ticket: number; agents: Looker[] }): void;
  visitors(news: Visitor[]): void;
  reset(to: { seq: number }): void;
  read(what: { ticket: number; seq: number }): void;
}

interface ToServer {
  follow(from: { since: number | null }, answer: (ack: { seq: number; reset: boolean }) => void): void;
  active(is: { active: boolean }): void;
  look(where: { ticket: number | null; typing: boolean }): void;
}

let socket: Socket<FromServer, ToServer> | null = null;
const PATIENCE = 5000;

export function connect(): void {
  socket = io("/agent", {
    path: "/socket.io",
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    withCredentials: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 10_000,
    randomizationFactor: 0.5,
    timeout: 10_000,
  });
  socket.on("connect", () => void follow());
  socket.on("changes", take);
  socket.on("reset", ({ seq }) => startOver(seq));
  socket.on("visitors", heardVisitors);
  socket.on("lookers", ({ ticket, agents }) => heard(ticket, agents));
  socket.on("read", ({ ticket, seq }) => heardRead(ticket, seq));
  socket.on("disconnect", (reason) => {
    lost();
    // The server let go of us (a slow reader, a changed role): Socket.IO leaves coming back to us.
    if (reason === "io server disconnect") setTimeout(() => socket?.connect(), 300 + Math.random() * 700);
  });
  socket.on("connect_error", (problem) => {
    lost();
    // The server answered and refused: a session that is over leads to the sign-in page.
    if (!socket?.active) {
      void api.me().catch(() => undefined);
      setTimeout(() => socket?.connect(), PATIENCE);
    }
    console.debug("live", problem.message);
  });
  addEventListener("online", wake);
  addEventListener("offline", () => (connection.value = "offline"));
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  setInterval(fallBack, 15_000);
}

function lost(): void {
  if (lostAt.value === null) lostAt.value = Date.now();
  connection.value = navigator.onLine ? "away" : "offline";
  forgetLookers();
  forgetVisitors();
}

/** Say from where to go on; the answer says how far the feed is. */
async function follow(): Promise<void> {
  if (!socket) return;
  const since = known.peek();
  try {
    const { seq, reset } = await socket.timeout(PATIENCE).emitWithAck("follow", { since });
    if (since === null) startOver(seq);
    else if (reset) known.value = seq;
    else if (seq > (known.peek() ?? 0)) await catchUp();
    connection.value = "live";
    lostAt.value = null;
    sayWhere(true);
    sayActive();
  } catch {
    again();
  }
}

function again(): void {
  socket?.disconnect();
  socket?.connect();
}

/** After sleep a socket may look alive and be dead: ask, and begin anew without an answer. */
function wake(): void {
  if (!socket) return;
  if (!socket.connected) again();
  else void follow();
}

/** No socket gets through: the feed is asked instead, now and then. */
function fallBack(): void {
  if (connection.peek() !== "live" && navigator.onLine && !document.hidden) void catchUp();
}

export function tellActive(active: boolean): void {
  if (socket?.connected) socket.emit("active", { active });
}

export function tellLook(where: { ticket: number | null; typing: boolean }): void {
  if (socket?.connected) socket.emit("look", where);
}
