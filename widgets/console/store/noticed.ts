/** In charge of the news that a notice of a customer moved; who shows them asks anew. */
import { signal } from "@preact/signals";

export const noticed = signal<{ whose: unknown }>({ whose: null });
