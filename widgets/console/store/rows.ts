/** In charge of ticket rows: one signal per ticket, so that a change paints one row and nothing else. */
import { type Signal, signal } from "@preact/signals";
import type { TicketRow } from "../api/types";

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

/** Keep a row; an older version than the one known is not believed. */
export function keepRow(next: TicketRow): void {
  const known = rows.get(next.number);
  if (!known) {
    rows.set(next.number, signal(next));
    return;
  }
  const now = known.peek();
  if (next.version < now.version) return;
  known.value = { ...next, read_seq: Math.max(next.read_seq, now.read_seq) };
}

/** Show something before the server said so. */
export function paintRow(number: number, change: Partial<TicketRow>): void {
  const known = rows.get(number);
  if (known) known.value = { ...known.peek(), ...change };
}
