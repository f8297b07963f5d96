/** In charge of the two tones: made here, so that there is nothing to fetch; two rising notes for a chat, a soft one for
 *  everything else. */
import { preferences } from "../store/preferences";
import { hear, say } from "./tabs";

const PAUSE = 1500;
/** Frequencies in Hz with where they begin, in seconds. */
const CHAT: readonly [number, number][] = [
  [784, 0],
  [1175, 0.14],
];
const OTHER: readonly [number, number][] = [[587, 0]];

let context: AudioContext | null = null;
let rung = 0;

/** Browsers let a page sound only once somebody has touched it. */
function wake(): void {
  context ??= "AudioContext" in globalThis ? new AudioContext() : null;
  if (context?.state === "suspended") void context.resume();
}

function play(chat: boolean): boolean {
  if (!context || context.state !== "running") return false;
  const { volume } = preferences.peek();
  const begin = context.currentTime + 0.01;
  for (const [frequency, after] of chat ? CHAT : OTHER) {
    const tone = context.createOscillator();
    const loud = context.createGain();
    tone.type = chat ? "triangle" : "sine";
    tone.frequency.value = frequency;
    loud.gain.setValueAtTime(0, begin + after);
    loud.gain.linearRampToValueAtTime(0.35 * (volume / 100), begin + after + 0.015);
    loud.gain.exponentialRampToValueAtTime(0.0001, begin + after + 0.45);
    tone.connect(loud).connect(context.destination);
    tone.start(begin + after);
    tone.stop(begin + after + 0.5);
  }
  return true;
}

/** Ring here, or in a tab that may. */
export function ring(chat: boolean): void {
  const at = Date.now();
  if (!preferences.peek().sound || at - rung < PAUSE) return;
  rung = at;
  if (!play(chat)) say({ what: "ring", chat });
}

/** What the button plays: whatever the switch says. */
export function tryOut(chat: boolean): void {
  wake();
  if (!play(chat)) setTimeout(() => play(chat), 150);
}

export function startSounds(): void {
  for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, wake, { capture: true, passive: true });
  hear((said) => {
    if (said.what !== "ring" || context?.state !== "running") return;
    if (!("locks" in navigator)) return void play(said.chat);
    // Of several tabs that may sound, one does.
    void navigator.locks.request("madoguchi-ring", { ifAvailable: true }, async (lock) => {
      if (lock && play(said.chat)) await new Promise((done) => setTimeout(done, PAUSE));
    });
  });
}
