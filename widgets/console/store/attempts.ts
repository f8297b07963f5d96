/** In charge of what the desk tried by itself on a ticket: fetched when it is looked at, and anew when it is told of. */
import { type Signal, signal } from "@preact/signals";
import { api } from "../api/calls";
import type { Attempt } from "../api/texts";
import { newest } from "./newest";

const KEPT = 30;
const held = new Map<number, { attempts: Signal<readonly Attempt[]>; load: () => Promise<void> }>();

export function attemptsOf(number: number): Signal<readonly Attempt[]> {
  let found = held.get(number);
  if (!found) {
    const attempts = signal<readonly Attempt[]>([]);
    const load = newest(
      async () => (attempts.value = await api.attempts(number)),
      () => held.get(number)?.attempts === attempts,
    );
    held.set(number, (found = { attempts, load }));
    for (const old of held.keys()) {
      if (held.size <= KEPT) break;
      held.delete(old);
    }
    void load();
  }
  return found.attempts;
}

/** Something was tried: fetched now for the ticket that is looked at, later for others. */
export function doubtAttempts(number: number, looked: number | null): void {
  if (number !== looked) held.delete(number);
  else void held.get(number)?.load();
}
