/** In charge of whether anybody sits at this console: told to the server, which makes "away" of it. */
import { preferences } from "../store/preferences";
import { tellActive } from "./socket";

const LOOK = 5000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"] as const;

let last = Date.now();
let active = true;

function touched(): void {
  last = Date.now();
  if (!active) say(true);
}

function say(is: boolean): void {
  active = is;
  tellActive(is);
}

function look(): void {
  const minutes = preferences.peek().away_after;
  if (active && minutes > 0 && Date.now() - last >= minutes * 60_000) say(false);
}

/** After a new connection, at which the server takes us for active. */
export function sayActive(): void {
  look();
  if (!active) tellActive(false);
}

export function startNoticing(): void {
  for (const sign of SIGNS) addEventListener(sign, touched, { passive: true, capture: true });
  setInterval(look, LOOK);
}
