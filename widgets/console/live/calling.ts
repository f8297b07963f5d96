/** In charge of the tickets that call for this agent and were not read yet: the count in the title, the dot on the tab. */
import { computed, effect, signal } from "@preact/signals";
import { api } from "../api/calls";
import { desk, me } from "../store/desk";
import { ticketNumber } from "../store/place";
import { keepRow, paintRow, peekRow, row } from "../store/rows";
import { icon } from "./desktop";
import { hear, say } from "./tabs";

export type Reason = "mine" | "teams" | "unassigned" | "chats" | "mentions" | "assigned";

const called = signal<ReadonlyMap<number, Reason>>(new Map());

/** What was read, is done, or is a colleague's by now calls no more. */
export const calling = computed(() =>
  [...called.value].filter(([number, reason]) => {
    const known = row(number);
    if (!known) return true;
    if (known.read_seq >= known.last_seq || known.status === "done" || known.status === "none_needed") return false;
    return reason === "mentions" || known.assignee === null || known.assignee === me.value?.id;
  }),
);

/** A ticket calls; the other tabs count it too. */
export function keepCall(ticket: number, reason: Reason, told = false): void {
  called.value = new Map(called.peek()).set(ticket, reason);
  if (!told) say({ what: "calls", ticket, reason });
}

/** What waits since before this console was opened, or slept. */
export async function loadCalls(): Promise<void> {
  const numbers = await api.unread().catch(() => null);
  if (!numbers) return;
  const unknown = numbers.filter((number) => !peekRow(number));
  if (unknown.length) (await api.rows(unknown).catch(() => [])).forEach(keepRow);
  const still = calling.peek().filter(([, reason]) => reason !== "mine");
  called.value = new Map([...numbers.map((number): [number, Reason] => [number, "mine"]), ...still]);
}

/** The agent read it, here or on another device. */
export function heardRead(ticket: number, seq: number): void {
  const known = peekRow(ticket);
  if (known && seq > known.read_seq) paintRow(ticket, { read_seq: seq });
}

export function startCounting(): void {
  hear((said) => {
    if (said.what !== "calls") return;
    keepCall(said.ticket, said.reason as Reason, true);
    if (!peekRow(said.ticket))
      void api.rows([said.ticket]).then(
        (rows) => rows.forEach(keepRow),
        () => undefined,
      );
  });
  const count = computed(() => calling.value.length);
  const any = computed(() => count.value > 0);
  effect(() => {
    const open = ticketNumber.value;
    const number = count.value > 99 ? "99+" : count.value;
    document.title = `${number ? `(${number}) ` : ""}${open === null ? "" : `#${open} · `}${desk.value?.name || "Madoguchi"}`;
  });
  effect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link) link.href = icon(any.value);
  });
  effect(() => {
    if ("setAppBadge" in navigator) void navigator.setAppBadge(count.value).catch(() => undefined);
  });
}
