/** In charge of who is at the desk: as the desk says it, kept right by the change feed. */
import { computed, signal } from "@preact/signals";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Availability, Presence } from "../api/desk";

const known = signal<ReadonlyMap<number, Availability>>(new Map());
/** The newest change that told of somebody: an answer from before it is not believed. */
let newest = 0;

export function keepAvailability(all: readonly Availability[], seq: number): void {
  if (seq >= newest) known.value = new Map(all.map((each) => [each.agent, each]));
}

/** `agent.availability` of the change feed. */
export function heardAvailability(seq: number, at: string, data: Record<string, unknown>): void {
  const { agent, state, chosen } = data as { agent: number; state: Presence; chosen: Presence };
  newest = seq;
  const before = known.peek().get(agent);
  const since = before?.state === state ? before.since : at;
  known.value = new Map(known.peek()).set(agent, { agent, state, chosen, since });
}

export function availabilityOf(agent: number): Availability {
  return known.value.get(agent) ?? { agent, state: "offline", chosen: "online", since: null };
}

export const online = computed(() => [...known.value.values()].filter((each) => each.state === "online").length);

export async function choosePresence(state: Presence): Promise<void> {
  const now = await api.choosePresence(state);
  known.value = new Map(known.peek()).set(now.agent, now);
}

export function presenceName(state: Presence): string {
  switch (state) {
    case "online":
      return t("At the desk");
    case "away":
      return t("Away");
    case "offline":
      return t("Offline");
  }
}

const RANK: Record<Presence, number> = { online: 0, away: 1, offline: 2 };

/** Whoever answers now first. */
export function byPresence(one: { id: number }, other: { id: number }): number {
  return RANK[availabilityOf(one.id).state] - RANK[availabilityOf(other.id).state];
}
