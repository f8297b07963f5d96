/** In charge of who else looks at a ticket and who types in it, and of telling others about us. */
import { effect, signal } from "@preact/signals";
import type { Looker } from "../api/tickets";
import { me } from "../store/desk";
import { ticketNumber } from "../store/place";
import { tellLook } from "./socket";

const lookers = signal<ReadonlyMap<number, readonly Looker[]>>(new Map());
const PAUSE = 4000;

/** Others at this ticket. */
export function others(number: number): readonly Looker[] {
  const mine = me.value?.id;
  return (lookers.value.get(number) ?? []).filter((looker) => looker.id !== mine);
}

export function heard(ticket: number, agents: readonly Looker[]): void {
  const all = new Map(lookers.peek());
  if (agents.length) all.set(ticket, agents);
  else all.delete(ticket);
  lookers.value = all;
}

export function forgetLookers(): void {
  lookers.value = new Map();
}

let typing = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let told = "";

/** Tell where we are, when it is news or after a new connection. */
export function sayWhere(anew = false): void {
  const where = { ticket: document.hidden ? null : ticketNumber.peek(), typing };
  const words = JSON.stringify(where);
  if (words === told && !anew) return;
  told = words;
  tellLook(where);
}

/** A key was pressed in the composer. */
export function typed(): void {
  clearTimeout(timer);
  timer = setTimeout(stoppedTyping, PAUSE);
  if (typing) return;
  typing = true;
  sayWhere();
}

export function stoppedTyping(): void {
  clearTimeout(timer);
  if (!typing) return;
  typing = false;
  sayWhere();
}

export function startLooking(): void {
  effect(() => {
    void ticketNumber.value;
    typing = false;
    clearTimeout(timer);
    sayWhere();
  });
  document.addEventListener("visibilitychange", () => sayWhere());
}
