/** In charge of the macros that this agent has. */
import { signal } from "@preact/signals";
import { api } from "../api/calls";
import type { Macro } from "../api/texts";
import { newest } from "./newest";

/** Null until they are known. */
export const macros = signal<readonly Macro[] | null>(null);

export const loadMacros = newest(async () => {
  macros.value = await api.macros();
});
