/**
 * In charge of what the panel hands to the parts that it loads later. They import nothing of the panel but types, so
 * that the panel stays one file: what is not needed to talk is in another.
 */
import type { h } from "preact";
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
}

export type Rated = Message & { rating: NonNullable<Message["rating"]> };
