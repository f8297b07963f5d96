/** In charge of the consoles that stand open in this browser: one of them speaks for all, and each knows what is looked
 *  at in the others. */
import { effect, signal } from "@preact/signals";
import { ticketNumber } from "../store/place";

const tab = crypto.randomUUID();

/** What tabs say to each other. */
type Said =
  | { what: "looks"; tab: string; ticket: number | null }
  | { what: "who" | "gone"; tab: string }
  | { what: "calls"; ticket: number; reason: string }
  | { what: "ring"; chat: boolean };

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("madoguchi-console") : null;
const looks = new Map<string, number | null>();
const locked = signal(false);
const hearers: ((said: Said) => void)[] = [];

/** Locks end with their tab, however it ends. Without them (plain http) the tab with the smallest name speaks. */
export function speaks(): boolean {
  if ("locks" in navigator) return locked.peek();
  return [...looks.keys()].every((other) => tab <= other);
}

export function say(said: Said): void {
  channel?.postMessage(said);
}

export function hear(run: (said: Said) => void): void {
  hearers.push(run);
}

function here(): number | null {
  return !document.hidden && document.hasFocus() ? ticketNumber.peek() : null;
}

/** Whether somebody has this ticket before them, in this tab or in another one. */
export function isLookedAt(ticket: number): boolean {
  return here() === ticket || [...looks.values()].includes(ticket);
}

function tell(): void {
  say({ what: "looks", tab, ticket: here() });
}

export function startTabs(): void {
  if (channel)
    channel.onmessage = ({ data }: MessageEvent<Said>) => {
      if (data.what === "looks") looks.set(data.tab, data.ticket);
      else if (data.what === "gone") looks.delete(data.tab);
      else if (data.what === "who") tell();
      else for (const run of hearers) run(data);
    };
  if ("locks" in navigator)
    void navigator.locks.request("madoguchi-console", () => {
      locked.value = true;
      return new Promise(() => undefined);
    });
  say({ what: "who", tab });
  effect(() => {
    void ticketNumber.value;
    tell();
  });
  for (const event of ["focus", "blur"]) addEventListener(event, tell);
  document.addEventListener("visibilitychange", tell);
  addEventListener("pagehide", () => say({ what: "gone", tab }));
}
