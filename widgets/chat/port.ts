/** In charge of what the host page and the panel say to each other over their MessageChannel. */
import type { Commands, Events } from "./surface";

/**
 * What the host page keeps for us in its first-party storage: a frame of another site has none of its own in private
 * windows. The page could read it; it holds the visitor's token anyway.
 */
export interface Kept {
  token?: string;
  /** An open conversation: the panel is made at once, for its unread count. */
  live?: boolean;
  /** The account's colour, so that the launcher has it from the first paint on. */
  color?: string;
  draft?: string;
  /** Words that the desk has not acknowledged, by their id. */
  [say: `say:${string}`]: string | undefined;
}

type Told = { [C in Exclude<keyof Commands, "boot" | "on">]: [command: C, ...args: Parameters<Commands[C]>] };

/** The page's commands as they were said, between a hello at each load and what becomes of the panel's room. */
export type ToPanel =
  | Told[keyof Told]
  | [command: "hello", kept: Kept]
  | [command: "shown", open: boolean, phone: boolean];

export type ToHost =
  | [say: "here"]
  /** Keep these too; undefined forgets one of them, null everything. */
  | [say: "keep", kept: Kept | null]
  | [say: "close"]
  | [say: "title", title: string]
  | { [E in keyof Events]: [event: E, detail: Events[E]] }[keyof Events];

/** The word that goes with the port in the one `postMessage` there is. */
export const GREETING = "madoguchi";
