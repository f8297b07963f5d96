/** In charge of what the host page and the panel say to each other over their MessageChannel. */
import type { Commands, Events } from "./surface";

/** What the host page keeps for us in its first-party storage. */
export interface Kept {
  token: string;
  /** An open conversation: the panel is made at once, for its unread count. */
  live: boolean;
  /** The account's colour, so that the launcher has it from the first paint on. */
  color?: string;
}

type Told = { [C in Exclude<keyof Commands, "boot" | "on">]: [command: C, ...args: Parameters<Commands[C]>] };

/** The page's commands as they were said, between a hello at each load and what becomes of the panel's room. */
export type ToPanel =
  | Told[keyof Told]
  | [command: "hello", token: string]
  | [command: "shown", open: boolean, phone: boolean];

export type ToHost =
  | [say: "here"]
  | [say: "keep", kept: Kept | null]
  | [say: "close"]
  | { [E in keyof Events]: [event: E, detail: Events[E]] }[keyof Events];

/** The word that goes with the port in the one `postMessage` there is. */
export const GREETING = "madoguchi";
