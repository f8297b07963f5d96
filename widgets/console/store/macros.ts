/** In charge of the macros that this agent has. */
import { signal } from "@preact/signals";
import { api } from "../api/calls";
import type { Macro } from "../api/texts";

/** Null until they are known. */
export const macros = signal<readonly Macro[] | null>(null);

export async function loadMacros(): Promise<void> {
  macros.value = await api.macros().catch(() => macros.peek());
}
