/** In charge of who holds the phone and what is open on it; kept in the address, so that a reload stays. */
import { computed, effect, signal } from "@preact/signals";
import { type Bubble, type Group, type Person, state } from "./wire";

const [first = "", second = ""] = decodeURIComponent(location.hash.slice(1)).split("/");

export const holder = signal(first);
/** The id of the open chat; empty for the list of chats. */
export const open = signal(second || first);
/** The message that the next one quotes. */
export const quoting = signal<Bubble | null>(null);
export const draft = signal("");

export type Sheet =
  | { kind: "more" | "stickers" | "places" }
  | { kind: "moment"; action: import("../shared/line/objects").Action }
  | { kind: "bubble"; bubble: Bubble }
  | { kind: "picture"; url: string }
  | { kind: "settings" };
export const sheet = signal<Sheet | null>(null);

/** On a narrow screen: whether the wire covers the phone. */
export const wireShown = signal(false);

export const person = computed<Person | null>(() => {
  const people = state.value?.people ?? [];
  return people.find((each) => each.id === holder.value) ?? people[0] ?? null;
});
export const group = computed<Group | null>(
  () => state.value?.groups.find((each) => each.id === open.value && each.members.includes(person.value?.id ?? "")) ?? null,
);
/** The chat on the screen: a group, the account, or null for the list. */
export const chat = computed<string | null>(() => {
  if (!person.value || open.value === "list") return null;
  return group.value ? group.value.id : person.value.id;
});

/** How many of the account's bubbles each chat had when it was last looked at. */
const looked = signal<Record<string, number>>({});

function ours(id: string): number {
  return state.value?.chats[id]?.bubbles.filter((bubble) => bubble.from === null).length ?? 0;
}

export function unread(id: string): number {
  return Math.max(0, ours(id) - (looked.value[id] ?? 0));
}

export function hold(id: string): void {
  holder.value = id;
  show(id);
}

export function show(id: string): void {
  open.value = id;
  quoting.value = null;
  sheet.value = null;
}

export function startPlace(): void {
  let begun = false;
  effect(() => {
    const now = state.value;
    if (!now) return;
    if (!begun) {
      begun = true;
      looked.value = Object.fromEntries(Object.keys(now.chats).map((id) => [id, ours(id)]));
    }
    const seen = chat.value;
    if (seen && looked.peek()[seen] !== ours(seen)) looked.value = { ...looked.peek(), [seen]: ours(seen) };
  });
  effect(() => {
    if (person.value) history.replaceState(null, "", `#${person.value.id}/${open.value || person.value.id}`);
  });
}
