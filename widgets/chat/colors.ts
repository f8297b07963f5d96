/** In charge of keeping an account's colour readable: what may be written on it, and its ink on a ground. */

/** Relative luminance of a `#rrggbb` (WCAG's, with its curve drawn as one power). */
const luminance = (color: string): number =>
  [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => sum + weight * (parseInt(color.slice(2 * at + 1, 2 * at + 3), 16) / 255) ** 2.2, 0);

/** White or black on a `#rrggbb`: one of them always has 4.5 : 1. */
export const readable = (color: string): string => (luminance(color) > 0.18 ? "#000" : "#fff");

export const isColor = (color: unknown): color is string => /^#[\da-f]{6}$/i.test(String(color));

/** The colour moved towards black or white until text in it can be read (4.5 : 1) on the ground. */
export function legible(color: string, ground: string): string {
  const under = luminance(ground);
  const goal = under > 0.5 ? 0 : 255;
  let ink = color;
  for (let step = 0; step < 30; step += 1) {
    const own = luminance(ink);
    if ((Math.max(own, under) + 0.05) / (Math.min(own, under) + 0.05) > 4.7) break;
    ink = ink.replace(/[\da-f]{2}/gi, (two) => {
      const part = parseInt(two, 16);
      return Math.round(part + (goal - part) * 0.15 + Math.sign(goal - part)).toString(16).padStart(2, "0");
    });
  }
  return ink;
}
