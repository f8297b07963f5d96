/** In charge of how many tickets stand in each view. */
import { signal } from "@preact/signals";
import { api } from "../api/calls";
import type { Counts } from "../api/types";

export const counts = signal<Counts>({ views: {}, statuses: {}, teams: {} });

export async function loadCounts(): Promise<void> {
  try {
    counts.value = await api.counts();
  } catch {
    // Old numbers stand until the next change.
  }
}
