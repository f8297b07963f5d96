/** In charge of the tickets that stand open: the same strip after a reload and on every device of this agent. */
import { effect, signal } from "@preact/signals";
import { later } from "../../shared/dom";
import { api } from "../api/calls";
import type { Place } from "../api/desk";
import type { Mode } from "../api/tickets";
import { modeOf } from "../composer/draft";
import { newest } from "./newest";
import { go, ticketNumber, zoneShown } from "./place";
import { keepRow, peekRow } from "./rows";
import { open } from "./threads";

const MOST = 20;
/** Which console this is, to know one's own changes when they come back. */
const device = crypto.randomUUID();

export const strip = signal<readonly number[]>([]);
/** Where each ticket is scrolled to: a message and how far its top is from the top of the log; absent at the end. */
const places = new Map<number, Place>();
let loaded = false;

const soon = later(800, () => void save());

/** What the server has; the same again is not sent, or two devices would answer each other for ever. */
let kept = "";

function now() {
  return strip.peek().map((number) => ({
    number,
    mode: modeOf(number).peek(),
    ...(places.has(number) ? { place: places.get(number) } : {}),
  }));
}

async function save(leaving = false): Promise<void> {
  const tickets = now();
  const text = JSON.stringify(tickets);
  if (text === kept) return;
  kept = text;
  await api.keepDesk({ device, tickets }, leaving).catch(() => (kept = ""));
}

export function placeOf(number: number): Place | undefined {
  return places.get(number);
}

export function keepPlace(number: number, place: Place | null): void {
  const before = places.get(number);
  if (before?.seq === place?.seq && before?.top === place?.top) return;
  if (place) places.set(number, place);
  else places.delete(number);
  if (loaded && strip.peek().includes(number)) soon.call();
}

/** Take what the server keeps; what this console itself said last is known already. */
export const loadStrip = newest(async () => {
  const { tickets = [], device: by } = (await api.myDesk()).body;
  if (loaded && by === device) return;
  const numbers: number[] = [];
  for (const { number, mode, place } of tickets.slice(-MOST)) {
    if (typeof number !== "number" || numbers.includes(number)) continue;
    numbers.push(number);
    if (number === ticketNumber.peek() && loaded) continue;
    if (place) places.set(number, place);
    else places.delete(number);
    if (mode === "note") modeOf(number).value = "note" satisfies Mode;
  }
  const unknown = numbers.filter((number) => !peekRow(number));
  if (unknown.length) (await api.rows(unknown).catch(() => [])).forEach(keepRow);
  strip.value = numbers;
  kept = JSON.stringify(now());
  loaded = true;
  stand(ticketNumber.peek());
});

function stand(number: number | null): void {
  if (number === null || strip.peek().includes(number)) return;
  strip.value = [...strip.peek(), number].slice(-MOST);
  if (loaded) soon.call();
  if (!peekRow(number)) void open(number).loading?.then(() => (strip.value = [...strip.peek()]));
}

export function startStrip(): void {
  void loadStrip();
  effect(() => stand(ticketNumber.value));
  effect(() => {
    for (const number of strip.value) void modeOf(number).value;
    if (loaded) soon.call();
  });
  addEventListener("pagehide", () => loaded && void save(true));
}

export function visit(number: number): void {
  zoneShown.value = "thread";
  go({ ticket: number });
}

/** The ticket beside the open one. */
export function stepTab(step: 1 | -1): void {
  const all = strip.peek();
  if (!all.length) return;
  const here = all.indexOf(ticketNumber.peek() ?? -1);
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : (here + step + all.length) % all.length;
  const number = all[next];
  if (number !== undefined) visit(number);
}

/** Take a ticket off the strip; from the open one, on to its neighbour. */
export function closeTab(number: number): void {
  const all = strip.peek();
  const at = all.indexOf(number);
  if (at < 0) return;
  const rest = all.filter((each) => each !== number);
  strip.value = rest;
  places.delete(number);
  soon.call();
  if (ticketNumber.peek() === number) go({ ticket: rest[Math.min(at, rest.length - 1)] ?? null });
}
