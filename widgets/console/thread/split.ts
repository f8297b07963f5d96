/** In charge of choosing messages of the open ticket, to make a new one of them. */
import { signal } from "@preact/signals";

/** Chosen messages; null while nothing is being split. */
export const picking = signal<ReadonlySet<number> | null>(null);

export function startSplit(): void {
  picking.value = new Set();
}

export function pickMessage(id: number): void {
  const chosen = new Set(picking.peek());
  if (!chosen.delete(id)) chosen.add(id);
  picking.value = chosen;
}
