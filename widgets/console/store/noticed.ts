/** In charge of the news that a notice of a customer moved, or a letter of no ticket, as theirs are; who shows them asks
 *  anew. */
import { signal } from "@preact/signals";

export const noticed = signal<{ whose?: unknown; letter?: unknown }>({});
