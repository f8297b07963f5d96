/**
 * In charge of what the panel hands to the parts that it loads later. They import nothing of the panel but types, so
 * that the panel stays one file: what is not needed to talk is in another.
 */
import type { h } from "preact";
import type { signal } from "../panel/signals";
import type { Locale } from "../surface";
import type { Answers, Listed, Message, Tap } from "../panel/protocol";

export interface Kit {
  h: typeof h;
  /** A text in the language that is on; the words are the later parts' own. */
  say: (text: string, values?: Record<string, string | number>, words?: Record<string, string>) => string;
  moment: (at: string) => string;
  listed: () => Listed[] | null;
  go: (conversation: string) => void;
  /** The page on which the conversation goes on in LINE, once it was asked for; asking turns to it. */
  way: () => Answers["line"] | null;
  onward: () => void;
  rate: (seq: number, score: number, comment: string) => Promise<void>;
  choose: (label: string, choice: Tap) => void;
  site: string;
  /** The language that is on. */
  speaks: () => Locale;
  /** Back to the conversation. */
  talk: () => void;
  /** A value whose change paints the panel anew. */
  held: typeof signal;
}

export type Rated = Message & { rating: NonNullable<Message["rating"]> };
