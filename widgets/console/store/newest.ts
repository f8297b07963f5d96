/** In charge of asking for what may have changed: one question at a time, once more after one that may have come too
 *  early to know, and again after a while when no answer came that can be used. */
import { Refusal } from "../api/client";

const SOON = 2000;
const LATEST = 60_000;

/** In how many milliseconds to ask again after a failure; null when asking again is of no use. */
export function again(problem: unknown, failures: number): number | null {
  if (!(problem instanceof Refusal)) return null;
  if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) return null;
  return Math.max(problem.after * 1000, Math.min(LATEST, SOON * 2 ** failures));
}

/** Answers what is to be called after each change. Called while a question is on its way it asks once more after it,
 *  so that what is shown is never older than the last call. What is not `wanted` any more is not asked again. */
export function newest(ask: () => Promise<unknown>, wanted: () => boolean = () => true): () => Promise<void> {
  let running: Promise<void> | null = null;
  let once = false;
  let failures = 0;
  async function run(): Promise<void> {
    do {
      once = false;
      try {
        await ask();
        failures = 0;
      } catch (problem) {
        const pause = again(problem, failures);
        failures += 1;
        if (pause !== null) setTimeout(() => wanted() && void call(), pause);
      }
    } while (once);
    running = null;
  }
  function call(): Promise<void> {
    if (running) once = true;
    return (running ??= run());
  }
  return call;
}
