/** In charge of stickers and emoji. LINE's own pictures are not ours to show: a character of the house makes the same faces. */
import type { VNode } from "preact";
import type { Emoji } from "../shared/line/objects";

export interface Sticker {
  package: string;
  sticker: string;
  keywords: string[];
  mood: Mood;
}

type Mood = keyof typeof MOODS;

const EYES = {
  open: "M37 46a4 5 0 1 0 .1 0M63 46a4 5 0 1 0 .1 0",
  glad: "M31 50q6-9 12 0M57 50q6-9 12 0",
  shut: "M31 47q6 7 12 0M57 47q6 7 12 0",
  wide: "M37 43a6 7 0 1 0 .1 0M63 43a6 7 0 1 0 .1 0",
  cross: "M31 43l11 6M69 43l-11 6",
};
const MOUTHS = {
  smile: "M42 60q8 8 16 0",
  laugh: "M40 58h20q-1 13-10 13t-10-13z",
  flat: "M44 63h12",
  sad: "M42 66q8-8 16 0",
  oh: "M50 58a5 6 0 1 0 .1 0",
};
const MOODS = {
  hello: { eyes: EYES.glad, mouth: MOUTHS.laugh, color: "#ffd86b" },
  thanks: { eyes: EYES.shut, mouth: MOUTHS.smile, color: "#ffb3c1" },
  ok: { eyes: EYES.open, mouth: MOUTHS.smile, color: "#9ee29a" },
  please: { eyes: EYES.wide, mouth: MOUTHS.smile, color: "#a9d6ff" },
  sorry: { eyes: EYES.shut, mouth: MOUTHS.sad, color: "#c9bdf2" },
  sad: { eyes: EYES.open, mouth: MOUTHS.sad, color: "#a9c4e8" },
  angry: { eyes: EYES.cross, mouth: MOUTHS.flat, color: "#ff9d87" },
  wow: { eyes: EYES.wide, mouth: MOUTHS.oh, color: "#ffe27a" },
} as const;

export const STICKERS: Sticker[] = [
  { package: "446", sticker: "1988", keywords: ["こんにちは", "Hello"], mood: "hello" },
  { package: "446", sticker: "1989", keywords: ["ありがとう", "Thank you"], mood: "thanks" },
  { package: "446", sticker: "1990", keywords: ["了解", "OK"], mood: "ok" },
  { package: "446", sticker: "1991", keywords: ["お願いします", "Please"], mood: "please" },
  { package: "446", sticker: "1992", keywords: ["ごめんなさい", "Sorry"], mood: "sorry" },
  { package: "446", sticker: "1993", keywords: ["悲しい", "Sad"], mood: "sad" },
  { package: "446", sticker: "1994", keywords: ["怒り", "Angry"], mood: "angry" },
  { package: "446", sticker: "1995", keywords: ["びっくり", "Surprised"], mood: "wow" },
];

/** A product of LINE's emoji that is in everybody's hands. */
const PRODUCT = "5ac1bfd5040ab15980c9b435";
/** What stands in a text for an emoji, as on a phone that cannot show it. */
export const EMOJI: Record<string, string> = { hello: "004", thanks: "005", ok: "006", please: "007", sad: "001", wow: "003" };

/** Where the emoji of a text stand in it, as LINE says it: in UTF-16 code units, which JavaScript counts as well. */
export function emojiIn(text: string): Emoji[] {
  return [...text.matchAll(/\((\w+)\)/g)].flatMap(({ 0: all, 1: name = "", index }) =>
    EMOJI[name] ? [{ index, length: all.length, productId: PRODUCT, emojiId: EMOJI[name] }] : [],
  );
}

/** The face for a sticker's id: always the same for the same one. */
function moodOf(id: string): Mood {
  const known = STICKERS.find((each) => each.sticker === id);
  const moods = Object.keys(MOODS) as Mood[];
  const count = moods.length;
  return known?.mood ?? moods[(((Number(id) - 1988) % count) + count) % count] ?? "hello";
}

interface Picture {
  id: string;
  words?: string | undefined;
  size?: number;
  /** Without the words beneath: an emoji. */
  bare?: boolean;
}

export function StickerPicture({ id, words, size = 132, bare = false }: Picture): VNode {
  const { eyes, mouth, color } = MOODS[moodOf(id)];
  return (
    <svg class={bare ? "emoji" : "sticker"} viewBox={bare ? "6 0 88 94" : "0 0 100 112"} width={size} height={size * (bare ? 1.07 : 1.12)} role="img" aria-label={words ?? id}>
      <path d="M50 14q-2-10 8-12q2 9-8 12" fill="#6fbf73" />
      <ellipse cx="50" cy="53" rx="40" ry="38" fill={color} stroke="#5b4636" stroke-width="3" />
      <ellipse cx="27" cy="60" rx="6" ry="4" fill="#ff8c8c" opacity=".55" />
      <ellipse cx="73" cy="60" rx="6" ry="4" fill="#ff8c8c" opacity=".55" />
      <path d={eyes} fill="none" stroke="#5b4636" stroke-width="4" stroke-linecap="round" />
      <path d={mouth} fill={mouth.endsWith("z") ? "#c0504d" : "none"} stroke="#5b4636" stroke-width="3.5" stroke-linecap="round" />
      {words && !bare ? (
        <text x="50" y="106" text-anchor="middle" font-size="13" font-weight="800" fill="#5b4636" stroke="#fff" stroke-width="4" paint-order="stroke">
          {words}
        </text>
      ) : null}
    </svg>
  );
}
