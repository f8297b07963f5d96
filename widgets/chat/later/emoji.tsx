/** @jsxRuntime classic */
/** @jsx h */
/** In charge of the little board of emoji. */
import type { Kit } from "./kit";
import { sayer } from "./words";

const EMOJI = [..."😀😄😊😅😂🙂😉😍🤔😢😭😡👍👏🙏🙇💪👌❤✨🎉🎁📦🚚"];

export function makeEmoji(kit: Kit) {
  const { h } = kit;
  const t = sayer(kit);
  return function Emoji({ insert }: { insert: (text: string) => void }) {
    return (
      <div class="emoji" role="group" aria-label={t("Emoji")}>
        {EMOJI.map((each) => <button key={each} type="button" onClick={() => insert(each)}>{each}</button>)}
      </div>
    );
  };
}
