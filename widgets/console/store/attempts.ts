/** In charge of what the desk tried by itself on a ticket: fetched when it is looked at, and anew when it is told of. */
import { type Signal, signal } from "@preact/signals";
import { api } from "../api/calls";
import type { Attempt } from "../api/texts";

const KEPT = 30;
const held = new Map<number, Signal<readonly Attempt[]>>();

export function attemptsOf(number: number): Signal<readonly Attempt[]> {
  let found = held.get(number);
  if (!found) {
    held.set(number, (found = signal([])));
    for (const old of held.keys()) {
      if (held.size <= KEPT) break;
      held.delete(old);
    }
    void load(number);
  }
  return found;
}

async function load(number: number): Promise<void> {
  const found = await api.attempts(number).catch(() => null);
  const mine = held.get(number);
  if (found && mine) mine.value = found;
}

/** Something was tried: fetched now for the ticket that is looked at, later for others. */
export function doubtAttempts(number: number, looked: number | null): void {
  if (number !== looked) held.delete(number);
  else if (held.has(number)) void load(number);
}
