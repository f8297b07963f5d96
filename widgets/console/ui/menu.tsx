/** In charge of menus that drop from a button: typed filter, arrows, Enter, Esc, and the focus back where it was. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { classes, composing } from "../../shared/dom";
import { t } from "../../shared/words";
import { cap } from "../keys/names";
import { Icon } from "./icons";

export interface Option {
  key: string;
  label: ComponentChildren;
  /** What the filter looks in. */
  words: string;
  hint?: string;
  checked?: boolean;
  off?: boolean;
  /** A line above it, or the name of the group that it begins. */
  rule?: boolean;
  group?: string;
  pick: () => void;
}

/** The menu that is open, by its name: keys open one from anywhere. */
export const openMenu = signal<string | null>(null);

interface Props {
  name: string;
  label: string;
  face: ComponentChildren;
  /** Filter words beyond the options make one of their own: a new tag. */
  options: (typed: string) => Option[];
  filtered?: boolean;
  /** Stays open after a pick. */
  many?: boolean;
  class?: string;
  disabled?: boolean;
  shortcut?: string;
}

export function Menu({ name, label, face, options, filtered, many, class: look, disabled, shortcut }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const open = openMenu.value === name;
  const close = () => {
    if (openMenu.peek() !== name) return;
    openMenu.value = null;
    button.current?.focus({ preventScroll: true });
  };
  return (
    <span class="menu-place">
      <button
        ref={button}
        type="button"
        class={classes("menu-button", look)}
        disabled={disabled}
        aria-haspopup="listbox"
        aria-expanded={open}
        title={shortcut ? `${label} (${cap(shortcut)})` : label}
        onClick={() => (openMenu.value = open ? null : name)}
      >
        {face !== label && <span class="hidden">{label}</span>}
        {face}
      </button>
      {open && (
        <List anchor={button} label={label} options={options} filtered={!!filtered} many={!!many} close={close} />
      )}
    </span>
  );
}

interface ListProps {
  anchor: { current: HTMLElement | null };
  label: string;
  options: (typed: string) => Option[];
  filtered: boolean;
  many: boolean;
  close: () => void;
}

function List({ anchor, label, options, filtered, many, close }: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const needle = typed.normalize("NFKC").toLowerCase().trim();
  const shown = options(typed).filter(
    (option) => !needle || option.words.normalize("NFKC").toLowerCase().includes(needle),
  );
  const here = Math.min(at, shown.length - 1);

  useLayoutEffect(() => {
    const place = box.current;
    const from = anchor.current?.getBoundingClientRect();
    if (!place || !from) return;
    const size = place.getBoundingClientRect();
    const left = Math.max(8, Math.min(from.left, innerWidth - size.width - 8));
    const below = from.bottom + 4;
    const top =
      below + size.height > innerHeight - 8 && from.top - size.height - 4 > 8
        ? from.top - size.height - 4
        : Math.min(below, Math.max(8, innerHeight - size.height - 8));
    place.style.left = `${left}px`;
    place.style.top = `${top}px`;
  }, [shown.length]);

  // Before the next key can arrive: it belongs to the menu.
  useLayoutEffect(() => {
    const first = shown.findIndex((option) => option.checked);
    if (first > 0 && !many) setAt(first);
    const target = box.current?.querySelector<HTMLElement>("input") ?? box.current;
    target?.focus({ preventScroll: true });
    const outside = (event: PointerEvent) => {
      if (
        event.target instanceof Node &&
        !box.current?.contains(event.target) &&
        !anchor.current?.contains(event.target)
      )
        close();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, []);

  useEffect(() => box.current?.querySelector("[data-here]")?.scrollIntoView({ block: "nearest" }), [here]);

  const pick = (option: Option | undefined) => {
    if (!option || option.off) return;
    if (!many) close();
    option.pick();
    if (many) setTyped("");
  };

  const key = (event: KeyboardEvent) => {
    if (composing(event)) return;
    const step =
      event.key === "ArrowDown" || (!filtered && event.key === "j")
        ? 1
        : event.key === "ArrowUp" || (!filtered && event.key === "k")
          ? -1
          : 0;
    if (step) setAt((here + step + shown.length) % Math.max(1, shown.length));
    else if (event.key === "Enter") pick(shown[here]);
    else if (event.key === "Escape" || event.key === "Tab") close();
    else if (!filtered && /^[1-9]$/.test(event.key)) pick(shown[Number(event.key) - 1]);
    else if (!typed && /^[a-z]$/i.test(event.key) && shown.some((option) => option.hint === event.key.toUpperCase()))
      pick(shown.find((option) => option.hint === event.key.toUpperCase()));
    else {
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={box} class="menu" tabIndex={-1} onKeyDown={key}>
      {filtered && (
        <input
          type="text"
          class="menu-filter"
          value={typed}
          placeholder={label}
          aria-label={label}
          autocomplete="off"
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
        />
      )}
      <div role="listbox" aria-label={label} aria-multiselectable={many || undefined} class="menu-list">
        {shown.map((option, index) => [
          option.group && !needle && (
            <div key={`${option.key}-group`} class="option-group" role="presentation">
              {option.group}
            </div>
          ),
          <div
            key={option.key}
            role="option"
            aria-selected={!!option.checked}
            aria-disabled={option.off || undefined}
            data-here={index === here || undefined}
            class={classes("option", index === here && "here", option.off && "off", option.rule && "rule")}
            onMouseMove={() => setAt(index)}
            onClick={() => pick(option)}
          >
            <span class="option-check">{option.checked && <Icon name="check" />}</span>
            <span class="option-label">{option.label}</span>
            {option.hint && <kbd>{option.hint}</kbd>}
          </div>,
        ])}
        {!shown.length && <div class="option off">{t("Nothing found")}</div>}
      </div>
    </div>
  );
}
