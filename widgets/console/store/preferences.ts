/** In charge of how the agent is told of what happens: kept by the server, the same on each of their devices. */
import { computed, signal } from "@preact/signals";
import { now } from "../../shared/time";
import { api } from "../api/calls";
import type { Preferences } from "../api/desk";
import { newest } from "./newest";

export const preferences = signal<Preferences>({
  desktop: true,
  sound: true,
  volume: 50,
  quiet: false,
  quiet_until: null,
  away_after: 10,
  wanted: { mine: true, teams: true, unassigned: true, chats: true, mentions: true, assigned: true },
  review_mails: true,
  keys: {},
});

let saving = 0;

export const loadPreferences = newest(async () => {
  const found = await api.preferences();
  if (!saving) preferences.value = found;
});

/** Shown at once; what the server refuses is taken back. */
export async function prefer(change: Partial<Preferences>): Promise<void> {
  const before = preferences.peek();
  preferences.value = { ...before, ...change };
  saving += 1;
  try {
    await api.keepPreferences(preferences.peek());
  } catch (problem) {
    preferences.value = before;
    throw problem;
  } finally {
    saving -= 1;
  }
}

/** "Do not disturb" is on, and its time is not over. */
export const quiet = computed(() => {
  const { quiet: on, quiet_until: until } = preferences.value;
  return on && (until === null || Date.parse(until) > now.value);
});
