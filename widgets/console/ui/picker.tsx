/** In charge of choosing one thing out of many by typing a few letters of its name. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { classes, composing } from "../../shared/dom";
import { t } from "../../shared/words";
import { closeDialog, Dialog } from "./dialog";
import { fits } from "./fuzzy";

export interface Choice {
  key: string;
  /** What is shown and looked in; `more` is looked in as well. */
  words: string;
  more?: string;
  detail?: string;
  keys?: readonly string[];
  /** How well it answers what was typed, where that was judged elsewhere: 60 and more is a word of a name. */
  rank?: number;
  run: () => void;
}

interface Props {
  title: string;
  placeholder: string;
  /** Everything, best first; what was typed may add choices of its own. */
  choices: (typed: string) => Choice[];
  /** Something is still being looked for. */
  busy?: ReadonlySignal<boolean>;
  /** Left without a choice, with this typed. */
  onLeave?: (typed: string) => void;
}

const SHOWN = 60;

export function Picker({ title, placeholder, choices, busy, onLeave }: Props) {
  const typed = useSignal("");
  const at = useSignal(0);
  const list = useRef<HTMLUListElement>(null);
  const found = choices(typed.value)
    .map((choice) => ({ choice, rank: choice.rank ?? fits(`${choice.words} ${choice.more ?? ""}`, typed.value) }))
    .filter((each) => each.rank > 0);
  if (typed.value.trim()) found.sort((a, b) => b.rank - a.rank);
  const shown = found.slice(0, SHOWN).map((each) => each.choice);
  const here = Math.max(0, Math.min(at.value, shown.length - 1));
  const eager = useRef(false);
  useEffect(() => list.current?.querySelector(".here")?.scrollIntoView({ block: "nearest" }), [here]);

  const pick = (choice: Choice | undefined) => {
    if (!choice) return;
    closeDialog(choice.run);
  };
  // Enter may be faster than the search: then it means the best of what is found.
  const searching = busy?.value ?? false;
  useEffect(() => {
    if (searching || !eager.current) return;
    eager.current = false;
    pick(shown[0]);
  }, [searching]);
  const key = (event: KeyboardEvent) => {
    if (composing(event)) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) at.value = (here + step + shown.length) % Math.max(1, shown.length);
    else if (event.key === "Enter" && busy?.peek() && !at.peek()) eager.current = true;
    else if (event.key === "Enter") pick(shown[here]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={title} {...(onLeave ? { onClose: () => onLeave(typed.peek()) } : {})}>
      <input
        type="text"
        data-first
        role="combobox"
        aria-expanded="true"
        aria-controls="picker-list"
        aria-activedescendant={shown.length ? `picker-${here}` : undefined}
        aria-label={title}
        autocomplete="off"
        placeholder={placeholder}
        value={typed.value}
        onKeyDown={key}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          at.value = 0;
          eager.current = false;
        }}
      />
      <ul ref={list} id="picker-list" class="picker" role="listbox" aria-label={title}>
        {shown.map((choice, index) => (
          <li
            key={choice.key}
            id={`picker-${index}`}
            role="option"
            aria-selected={index === here}
            class={classes("option", index === here && "here")}
            onMouseMove={() => (at.value = index)}
            onClick={() => pick(choice)}
          >
            <span class="choice-words">
              <span>{choice.words}</span>
              {choice.detail && <small>{choice.detail}</small>}
            </span>
            {choice.keys?.map((each) => (
              <kbd key={each}>{each}</kbd>
            ))}
          </li>
        ))}
      </ul>
      {!shown.length && (
        <p class="faint" role="status">
          {searching ? t("Searching…") : t("Nothing found")}
        </p>
      )}
    </Dialog>
  );
}
