/** In charge of the later parts' own words: the panel's catalogue does not carry them. */
import japanese from "madoguchi-words";
import type { Kit } from "./kit";

export type Say = (text: string, values?: Record<string, string | number>) => string;

/** The argument of what this answers is always a literal, so that the build can find it. */
export const sayer = (kit: Kit): Say => (text, values) => kit.say(text, values, japanese);
