/** In charge of how many tickets stand in each view. */
import { signal } from "@preact/signals";
import { api } from "../api/calls";
import type { Counts } from "../api/tickets";
import { desk } from "./desk";
import { newest } from "./newest";

export const counts = signal<Counts>({ views: {}, statuses: {}, teams: {} });
/** Of saved views, by id: a number, or "99+". */
export const savedCounts = signal<ReadonlyMap<number, string>>(new Map());

const PAUSE = 5000;
let asked = 0;
let due = false;

export const loadCounts = newest(async () => {
  savedSoon();
  counts.value = await api.counts();
});

/** Saved views are counted ticket by ticket, as far as it goes: not at every change. */
function savedSoon(): void {
  if (due || !desk.peek()?.views.length) return;
  due = true;
  setTimeout(
    () => {
      due = false;
      asked = Date.now();
      api.viewCounts().then(
        (found) => {
          const said = ({ tickets, more }: (typeof found)[number]) => (tickets ? `${tickets}${more ? "+" : ""}` : "");
          savedCounts.value = new Map(found.map((each) => [each.view, said(each)]));
        },
        () => undefined,
      );
    },
    Math.max(0, asked + PAUSE - Date.now()),
  );
}
