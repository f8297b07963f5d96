/** In charge of the visitors who are here now: the whole list after connecting, then whoever came, moved, typed or went. */
import { computed, signal } from "@preact/signals";
import type { Visitor } from "../api/visitors";

const here = signal<ReadonlyMap<string, Visitor>>(new Map());
const key = (one: Visitor) => `${one.account}:${one.visitor}`;

export function heardVisitors(news: readonly Visitor[]): void {
  const all = new Map(here.peek());
  for (const one of news) {
    if (one.online) all.set(key(one), one);
    else all.delete(key(one));
  }
  here.value = all;
}

/** The connection is gone: the next one begins with the whole list. */
export function forgetVisitors(): void {
  here.value = new Map();
}

/** Those who came last stand first. */
export const visitors = computed(() => [...here.value.values()].sort((a, b) => b.since.localeCompare(a.since)));

export function visitorOf(ticket: number): Visitor | undefined {
  return visitors.value.find((one) => one.ticket === ticket);
}

/** The tickets whose customers type. As words first, so that whoever moves on the site paints nothing. */
const typed = computed(() => [...here.value.values()].flatMap(({ typing, ticket }) => (typing && ticket !== null ? [ticket] : [])).sort().join());
const typists = computed(() => new Set(typed.value.split(",").map(Number)));

export function customerTypes(ticket: number): boolean {
  return typists.value.has(ticket);
}
