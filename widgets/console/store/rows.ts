/** In charge of ticket rows: one signal per ticket, so that a change paints one row and nothing else. */
import { type Signal, signal } from "@preact/signals";
import type { Ticket, TicketRow } from "../api/tickets";

const rows = new Map<number, Signal<TicketRow>>();

export function rowSignal(number: number): Signal<TicketRow> | undefined {
  return rows.get(number);
}

export function row(number: number): TicketRow | undefined {
  return rows.get(number)?.value;
}

/** What is known without subscribing. */
export function peekRow(number: number): TicketRow | undefined {
  return rows.get(number)?.peek();
}

/** What is shown of a ticket before the server has said so, one entry for each change on its way. */
const ahead = new Map<number, Partial<Ticket>[]>();

/** Show a change until the answer is there; whatever else arrives meanwhile does not hide it. Gives the way to end it. */
export function promise(number: number, change: Partial<Ticket>): () => void {
  ahead.set(number, [...(ahead.get(number) ?? []), change]);
  return () => {
    const rest = (ahead.get(number) ?? []).filter((other) => other !== change);
    if (rest.length) ahead.set(number, rest);
    else ahead.delete(number);
  };
}

export function promised(number: number): Partial<Ticket> {
  return Object.assign({}, ...(ahead.get(number) ?? [])) as Partial<Ticket>;
}

/** Keep a row; an older version than the one known is not believed. */
export function keepRow(next: TicketRow): void {
  const known = rows.get(next.number);
  if (!known) {
    rows.set(next.number, signal(next));
    return;
  }
  const now = known.peek();
  if (next.version < now.version) return;
  known.value = { ...next, ...promised(next.number), read_seq: Math.max(next.read_seq, now.read_seq) };
}

/** Show something before the server said so. */
export function paintRow(number: number, change: Partial<TicketRow>): void {
  const known = rows.get(number);
  if (known) known.value = { ...known.peek(), ...change };
}
