/** In charge of notifications of the browser: asked for by a click only, one for each ticket, a click on it opens it. */
import { signal } from "@preact/signals";
import { preferences, quiet } from "../store/preferences";
import { go, zoneShown } from "../store/place";

export type Permission = "granted" | "denied" | "default" | "none";

function now(): Permission {
  return "Notification" in globalThis ? Notification.permission : "none";
}

export const permission = signal<Permission>(now());

/** Only out of a click. */
export async function askPermission(): Promise<void> {
  if (permission.peek() === "none") return;
  await Notification.requestPermission();
  permission.value = now();
}

/** Whether a notification would be seen. */
export function shows(): boolean {
  return permission.peek() === "granted" && preferences.peek().desktop && !quiet.peek();
}

export function openTicket(ticket: number): void {
  go({ ticket });
  zoneShown.value = "thread";
}

export function notify(ticket: number, title: string, body: string): void {
  if (!shows()) return;
  try {
    const shown = new Notification(title, {
      body,
      tag: `madoguchi-${ticket}`,
      renotify: true,
      silent: true,
      icon: icon(false),
    } as NotificationOptions);
    shown.onclick = () => {
      shown.close();
      window.focus();
      openTicket(ticket);
    };
  } catch {
    // A phone's browser takes them from a service worker only: there the sound and the badge remain.
    permission.value = "none";
  }
}

const DRAWING =
  "<path d='M7 13h18M16 13v12M9 25V13l7-6 7 6v12' fill='none' stroke='%23fff' stroke-width='2.4' stroke-linejoin='round' stroke-linecap='round'/>";

/** The counter's sign, with a dot while something calls. */
export function icon(dot: boolean): string {
  const mark = dot ? "<circle cx='24' cy='8' r='7' fill='%23e5372b' stroke='%23fff' stroke-width='2'/>" : "";
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%231f4e8c'/%3E${(DRAWING + mark).replaceAll("<", "%3C").replaceAll(">", "%3E")}%3C/svg%3E`;
}
