/** In charge of where the agent is: which view or search, which filters, which ticket; kept in the address, so that
 *  back, reload and a copied link all work. */
import { computed, signal } from "@preact/signals";
import type { Filter } from "../api/calls";

export interface Place {
  view: string;
  ticket: number | null;
  filter: Filter;
  /** Search text, when the view is a search. */
  q: string;
  /** A message of the ticket to show first. */
  seq: number | null;
}

const FIXED = [
  "mine",
  "unassigned",
  "undelivered",
  "all",
  "mentions",
  "open",
  "active",
  "waiting",
  "snoozed",
  "done",
  "none_needed",
  "spam",
  "visitors",
];
export const FILTERS = ["status", "priority", "assignee", "team", "tag", "channel", "account", "customer"] as const;

function read(): Place {
  const [path = "", tail = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "", number = ""] = path.split("/").map(decodeURIComponent);
  const asked = new URLSearchParams(tail);
  const filter: Filter = {};
  for (const name of FILTERS) {
    const value = asked.get(name);
    if (value) filter[name] = value;
  }
  const known = FIXED.includes(view) || view === "search" || /^(view|team):\d+$/.test(view);
  return {
    view: known ? view : "open",
    ticket: /^\d+$/.test(number) ? Number(number) : null,
    filter,
    q: asked.get("q") ?? "",
    seq: asked.get("seq") ? Number(asked.get("seq")) : null,
  };
}

export const place = signal<Place>(read());
addEventListener("popstate", () => (place.value = read()));
addEventListener("hashchange", () => (place.value = read()));

export function address(to: Place): string {
  const asked = new URLSearchParams(to.filter);
  if (to.view === "search") asked.set("q", to.q);
  if (to.seq !== null) asked.set("seq", String(to.seq));
  const tail = asked.toString();
  return `#/${to.view}${to.ticket === null ? "" : `/${to.ticket}`}${tail && `?${tail}`}`;
}

/** Go somewhere. Moving from ticket to ticket replaces the step, so that back leads to the list. */
export function go(change: Partial<Place>): void {
  const from = place.value;
  const to = { ...from, seq: null, ...change };
  const next = address(to);
  if (next === address(from)) return;
  const replace = from.ticket !== null && to.ticket !== null && from.view === to.view;
  if (replace) history.replaceState(null, "", next);
  else history.pushState(null, "", next);
  place.value = to;
}

export function goView(view: string): void {
  go({ view, ticket: null, filter: {}, q: "" });
}

export const ticketNumber = computed(() => place.value.ticket);

/** What the list is made of: changes of the ticket do not touch it. */
export const listKey = computed(() => address({ ...place.value, ticket: null, seq: null }));

/** Which zone a narrow screen shows; wide ones show them all. */
export const zoneShown = signal<"nav" | "list" | "thread" | "pane">(place.value.ticket === null ? "list" : "thread");
