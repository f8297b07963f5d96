/** In charge of the list: its pages, what is new and held back while the agent is pointing at it, and the selection. */
import { batch, computed, effect, signal } from "@preact/signals";
import { t } from "../../shared/words";
import { api, type Filter } from "../api/calls";
import { Refusal } from "../api/client";
import type { Page, SearchHit, TicketRow } from "../api/tickets";
import { newest } from "./newest";
import { listKey, place } from "./place";
import { keepRow, peekRow } from "./rows";
import { sort } from "./settings";

const PAGE = 50;

export const numbers = signal<readonly number[]>([]);
export const hits = signal<ReadonlyMap<number, SearchHit>>(new Map());
export const state = signal<"loading" | "ready" | "failed">("loading");
export const failure = signal("");
export const more = signal(false);
/** Tickets that belong here by now, but are held back; and shown ones that no longer belong. */
export const fresh = signal<readonly number[]>([]);
export const gone = signal<ReadonlySet<number>>(new Set());
/** True while the pointer is over the list or it is scrolled: nothing may move then. */
export const held = signal(false);
export const selected = signal<ReadonlySet<number>>(new Set());
/** The row that the keyboard stands on. */
export const active = signal<number | null>(null);

let next: string | null = null;
let loading: AbortController | null = null;
let waiting: readonly number[] | null = null;

export const searching = computed(() => place.value.view === "search");

function filter(): Filter {
  const { view, filter: chosen } = place.peek();
  const team = /^team:(\d+)$/.exec(view);
  return { ...(team ? { view: "open", team: team[1] ?? "" } : { view }), ...chosen, sort: sort.peek() };
}

async function page(limit: number, after: string | null, signal: AbortSignal): Promise<Page<TicketRow>> {
  if (place.peek().view === "visitors") return { items: [], next: null };
  if (!searching.peek()) return api.tickets(filter(), limit, after, signal);
  const q = place.peek().q;
  if (!q.trim()) return { items: [], next: null };
  const found = await api.search(q, limit, after, signal);
  const all = new Map(after ? hits.peek() : []);
  for (const hit of found.items) if (!all.has(hit.ticket.number)) all.set(hit.ticket.number, hit);
  hits.value = all;
  return { items: found.items.map((hit) => hit.ticket), next: found.next };
}

function keep(items: readonly TicketRow[]): number[] {
  for (const item of items) keepRow(item);
  return [...new Set(items.map((item) => item.number))];
}

/** Load the list from its beginning. */
export async function load(): Promise<void> {
  loading?.abort();
  const mine = (loading = new AbortController());
  batch(() => {
    state.value = "loading";
    fresh.value = [];
    gone.value = new Set();
    waiting = null;
  });
  try {
    const found = await page(PAGE, null, mine.signal);
    if (loading !== mine) return;
    next = found.next;
    batch(() => {
      numbers.value = keep(found.items);
      more.value = next !== null;
      state.value = "ready";
      if (active.value === null || !numbers.value.includes(active.value))
        active.value = place.peek().ticket ?? numbers.value[0] ?? null;
    });
    if (!found.items.length) void loadMore();
  } catch (problem) {
    if (loading !== mine) return;
    fail(problem);
  }
}

function fail(problem: unknown): void {
  failure.value = problem instanceof Refusal ? problem.message : t("The list could not be loaded.");
  state.value = "failed";
}

let fetching = false;

/** The next tickets, if there are any. A page may be empty with more behind it: rare ones are far apart. */
export async function loadMore(): Promise<void> {
  if (fetching || state.peek() !== "ready" || !loading) return;
  const mine = loading;
  fetching = true;
  try {
    for (let news = 0; !news && next !== null;) {
      const found = await page(PAGE, next, mine.signal);
      if (loading !== mine) return;
      next = found.next;
      const known = new Set(numbers.peek());
      const others = keep(found.items).filter((number) => !known.has(number));
      news = others.length;
      batch(() => {
        if (news) numbers.value = [...numbers.peek(), ...others];
        more.value = next !== null;
      });
    }
  } catch (problem) {
    // Scrolling on asks again; where nothing is to scroll, the agent is asked.
    if (loading === mine && !numbers.peek().length) fail(problem);
  } finally {
    fetching = false;
    // The list was changed while this one was being fetched, and its own beginning is empty.
    if (loading !== mine && !numbers.peek().length) void loadMore();
  }
}

/** Ask what the list is now, after changes; show it, or hold it while the agent is pointing at it. */
export const refresh = newest(compare);

async function compare(): Promise<void> {
  if (searching.peek() || state.peek() !== "ready" || !loading) return;
  const mine = loading;
  try {
    const found = await page(Math.min(100, Math.max(PAGE, numbers.peek().length)), null, mine.signal);
    if (loading !== mine) return;
    const head = keep(found.items);
    const known = numbers.peek();
    const [newest, before] = [new Set(head), new Set(known)];
    const tail = found.next === null ? [] : known.slice(head.length).filter((number) => !newest.has(number));
    if (found.next === null || known.length <= head.length) next = found.next;
    more.value = next !== null;
    waiting = [...head, ...tail];
    const then = new Set(waiting);
    batch(() => {
      fresh.value = [...then].filter((number) => !before.has(number));
      gone.value = new Set(known.filter((number) => !then.has(number)));
    });
    if (!held.peek()) settle();
  } catch (problem) {
    if (loading === mine) throw problem;
  }
}

/** Let the list be what it is by now. The open ticket keeps its place until the agent leaves it. */
export function settle(): void {
  if (!waiting) return;
  const open = place.peek().ticket;
  const known = numbers.peek();
  let then = waiting;
  if (open !== null && known.includes(open) && !then.includes(open)) {
    then = [...then];
    (then as number[]).splice(Math.min(known.indexOf(open), then.length), 0, open);
  }
  const standing = active.peek();
  batch(() => {
    if (standing !== null && !then.includes(standing)) active.value = neighbour(known, standing, then);
    numbers.value = then;
    fresh.value = [];
    gone.value = new Set(open !== null && !waiting?.includes(open) ? [open] : []);
    if (selected.peek().size) {
      const left = new Set(then);
      selected.value = new Set([...selected.peek()].filter((number) => left.has(number)));
    }
  });
}

/** Take away what the agent's own act removed; what others did stays held. The open ticket keeps its place. */
export function dropGone(): void {
  const open = place.peek().ticket;
  const leaving = new Set([...gone.peek()].filter((number) => number !== open));
  if (!leaving.size) return;
  const known = numbers.peek();
  const then = known.filter((number) => !leaving.has(number));
  const standing = active.peek();
  batch(() => {
    if (standing !== null && leaving.has(standing)) active.value = neighbour(known, standing, then);
    numbers.value = then;
    gone.value = new Set([...gone.peek()].filter((number) => !leaving.has(number)));
    selected.value = new Set([...selected.peek()].filter((number) => !leaving.has(number)));
  });
}

function neighbour(before: readonly number[], standing: number, then: readonly number[]): number | null {
  const from = before.indexOf(standing);
  for (let step = from + 1; step < before.length; step += 1)
    if (then.includes(before[step] ?? -1)) return before[step] ?? null;
  for (let step = from - 1; step >= 0; step -= 1) if (then.includes(before[step] ?? -1)) return before[step] ?? null;
  return then[0] ?? null;
}

/** The ticket after (or before) the one that the agent is on. */
export function beside(step: 1 | -1): number | null {
  const all = numbers.peek();
  const here = all.indexOf(active.peek() ?? place.peek().ticket ?? -1);
  return all[Math.max(0, Math.min(all.length - 1, here + step))] ?? null;
}

let anchor: number | null = null;

/** Select a row, or with `range` all from the last one touched. */
export function select(number: number, range = false): void {
  const all = numbers.peek();
  const chosen = new Set(selected.peek());
  if (range && anchor !== null && all.includes(anchor)) {
    const [from, to] = [all.indexOf(anchor), all.indexOf(number)].sort((a, b) => a - b) as [number, number];
    for (const each of all.slice(from, to + 1)) chosen.add(each);
  } else if (chosen.has(number)) chosen.delete(number);
  else chosen.add(number);
  anchor = number;
  selected.value = chosen;
}

export function selectAll(): void {
  selected.value = selected.peek().size === numbers.peek().length ? new Set() : new Set(numbers.peek());
}

export function unselect(): void {
  selected.value = new Set();
}

/** Tickets that a command means: the selected ones, else the open one, else the one the keyboard stands on. */
export function meant(): number[] {
  if (selected.peek().size) return [...selected.peek()];
  const one = place.peek().ticket ?? active.peek();
  return one === null || !peekRow(one) ? [] : [one];
}

/** There is a connection again: what could not be loaded is. */
export function mendList(): void {
  if (state.peek() === "failed") void load();
}

/** Load whenever the view, its filters or the sort change. */
export function startList(): void {
  effect(() => {
    void listKey.value;
    void sort.value;
    selected.value = new Set();
    numbers.value = [];
    hits.value = new Map();
    void load();
  });
}
