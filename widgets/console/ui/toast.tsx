/** In charge of short words at the foot of the screen, with one thing to do about them. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../shared/words";
import { ticketNumber } from "../store/place";
import { Icon } from "./icons";

interface Toast {
  words: string;
  tone?: "good" | "bad";
  /** Stays until it is closed. */
  stay?: boolean;
  /** The ticket that it tells of: once that is open, there is nothing more to tell. */
  about?: number;
  action?: string;
  run?: () => void;
}

const SHOWN = 7000;
let count = 0;
const shown = signal<readonly (Toast & { id: number; timer: ReturnType<typeof setTimeout> | null })[]>([]);

export function toast(what: Toast): void {
  const id = (count += 1);
  const timer = what.stay ? null : setTimeout(() => close(id), SHOWN);
  shown.value = [...shown.value.slice(-2), { ...what, id, timer }];
}

function close(id: number): void {
  shown.value = shown.value.filter((each) => each.id !== id);
}

/** Do what the newest toast offers: the Z key. */
export function undoLast(): void {
  const last = shown.value.findLast((each) => each.run);
  if (!last) return;
  close(last.id);
  last.run?.();
}

export function Toasts() {
  const open = ticketNumber.value;
  useEffect(() => {
    if (open !== null && shown.peek().some((each) => each.about === open))
      shown.value = shown.peek().filter((each) => each.about !== open);
  }, [open]);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((each) => (
        <div
          key={each.id}
          class={`toast ${each.tone ?? "good"}`}
          onMouseEnter={() => each.timer && clearTimeout(each.timer)}
          onMouseLeave={() => each.timer && setTimeout(() => close(each.id), 2500)}
        >
          <span>{each.words}</span>
          {each.action && (
            <button
              type="button"
              class="plain"
              onClick={() => {
                close(each.id);
                each.run?.();
              }}
            >
              {each.action}
            </button>
          )}
          <button type="button" class="icon" aria-label={t("Close")} onClick={() => close(each.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
