/** @jsxRuntime classic */
/** @jsx h */
/** In charge of what may be tapped instead of typed: the choices under the last thing that was said. */
import type { Message } from "../panel/protocol";
import type { Kit } from "./kit";
import { sayer } from "./words";

export function makeChoices(kit: Kit) {
  const { h, choose } = kit;
  const t = sayer(kit);
  const tap = (seq: number, at: number, label: string) => {
    // The button goes; whoever is at the keyboard stays in the conversation.
    document.querySelector<HTMLElement>(".log")?.focus();
    choose(label, { seq, at });
  };
  return function Choices({ message: { seq, choices } }: { message: Message }) {
    return (
      <div class="choices" role="group" aria-label={t("Choose an answer")}>
        {choices?.map(({ label, url }, at) => url
          ? <a key={at} href={url} target="_blank" rel="noopener noreferrer">{label}</a>
          : <button key={at} type="button" onClick={() => tap(seq, at, label)}>{label}</button>)}
      </div>
    );
  };
}
