/** In charge of what outlives a reload: words not yet acknowledged, and the draft. The host page keeps them for us. */
import type { Kept } from "../port";
import { tell } from "./bridge";

type Key = "draft" | `say:${string}`;
let all: Kept = {};

/** What the host page had kept. */
export function fill(kept: Kept): void {
  all = kept;
}

/** Keep it; undefined forgets it. */
export function put(key: Key, value: string | undefined): void {
  if (all[key] === value) return;
  all[key] = value;
  tell("keep", { [key]: value });
}

export const take = (key: Key): string => all[key] ?? "";

/** The ids of words that were left waiting. */
export const left = (): Key[] => Object.keys(all).filter((key): key is `say:${string}` => key.startsWith("say:"));
