/** In charge of which message of a ticket its reader has seen last: a reply says so, and two agents never answer twice. */

const seen = new Map<number, number>();

export function saw(number: number, seq: number): void {
  if (seq > (seen.get(number) ?? 0)) seen.set(number, seq);
}

export function seenUpTo(number: number): number {
  return seen.get(number) ?? 0;
}
