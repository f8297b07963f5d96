/** In charge of the second zone: the list, of which only the rows in sight exist, moved through by keys and pointer. */
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { classes } from "../../shared/dom";
import { t } from "../../shared/words";
import {
  active,
  beside,
  failure,
  fresh,
  held,
  load,
  loadMore,
  more,
  numbers,
  searching,
  select,
  selected,
  settle,
  state,
} from "../store/list";
import { Later } from "../later/coming";
import { counts } from "../store/counts";
import { go, goView, listKey, place, zoneShown } from "../store/place";
import { dense } from "../store/settings";
import { prefetch } from "../store/threads";
import { Icon } from "../ui/icons";
import { BulkBar } from "./bulk";
import { ListHead } from "./filters";
import { Row } from "./row";

const OVER = 8;

export function openTicket(number: number): void {
  const hit = place.peek().ticket === number;
  active.value = number;
  zoneShown.value = "thread";
  if (!hit) {
    go({ ticket: number });
    settle();
  }
  const all = numbers.peek();
  const here = all.indexOf(number);
  prefetch(all.slice(here + 1, here + 4));
}

export function focusRow(number: number | null): void {
  if (number === null) return;
  active.value = number;
  reveal(number);
  const focus = () => document.getElementById(`row-${number}`)?.focus({ preventScroll: true });
  focus();
  // A row that was out of sight exists after the next painting.
  requestAnimationFrame(focus);
}

/** Step to the ticket beside this one: the open one changes with it when one is open. */
export function step(by: 1 | -1): void {
  const next = beside(by);
  if (next === null) return;
  if (place.peek().ticket !== null && zoneShown.peek() === "thread") openTicket(next);
  active.value = next;
  reveal(next);
  if (place.peek().ticket === null || document.activeElement?.closest(".rows")) focusRow(next);
}

let reveal: (number: number) => void = () => undefined;

export function ListZone() {
  if (place.value.view === "visitors") return <Later part="VisitorsZone" around={(inside) => <section class="list">{inside}</section>} />;
  return (
    <section class="list" aria-label={t("Tickets")}>
      {selected.value.size ? <BulkBar /> : <ListHead />}
      <Rows />
    </section>
  );
}

function Rows() {
  const box = useRef<HTMLDivElement>(null);
  const seen = useSignal({ first: -OVER, last: 20 });
  const size = dense.value ? 46 : 66;
  const all = numbers.value;

  reveal = (number) => {
    const index = numbers.peek().indexOf(number);
    const place = box.current;
    if (index < 0 || !place) return;
    const top = index * size;
    if (top < place.scrollTop) place.scrollTop = top;
    else if (top + size > place.scrollTop + place.clientHeight) place.scrollTop = top + size - place.clientHeight;
  };

  const look = () => {
    const place = box.current;
    if (!place) return;
    const [from, to] = [place.scrollTop / size, (place.scrollTop + place.clientHeight) / size];
    const now = { first: Math.floor(from) - OVER, last: Math.ceil(to) + OVER };
    const { first, last } = seen.peek();
    // Painted again only when a row of the margin comes into sight.
    if (Math.abs(now.first - first) >= OVER / 2 || Math.abs(now.last - last) >= OVER / 2) seen.value = now;
    held.value = place.scrollTop > size || place.matches(":hover");
    if (place.scrollTop + place.clientHeight > place.scrollHeight - 12 * size) void loadMore();
  };

  useLayoutEffect(() => {
    const watcher = new ResizeObserver(look);
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (box.current) box.current.scrollTop = 0;
    look();
  }, [listKey.value]);
  useEffect(look, [all.length, size]);

  const first = Math.max(0, seen.value.first);
  const last = Math.min(all.length, seen.value.last);
  const shown: number[] = [];
  for (let index = first; index < last; index += 1) shown.push(index);
  // The row that the keyboard stands on always exists, so that the focus is never lost to scrolling.
  const standing = active.value === null ? -1 : all.indexOf(active.value);
  if (standing >= 0 && (standing < first || standing >= last)) shown.push(standing);

  const key = (event: KeyboardEvent) => {
    const { key } = event;
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "ArrowDown" || key === "ArrowUp") {
      const from = active.peek();
      const to = beside(key === "ArrowDown" ? 1 : -1);
      if (event.shiftKey && from !== null && to !== null) {
        if (!selected.peek().has(from)) select(from);
        if (!selected.peek().has(to)) select(to);
      }
      if (to !== null) {
        reveal(to);
        focusRow(to);
      }
    } else if (key === "Home" || key === "End") {
      const to = key === "Home" ? all[0] : all.at(-1);
      if (to !== undefined) {
        reveal(to);
        focusRow(to);
      }
    } else if (key === " " && active.peek() !== null) select(active.peek() ?? 0);
    else return;
    event.preventDefault();
  };

  return (
    <div
      class="rows-place"
      onPointerEnter={() => (held.value = true)}
      onPointerLeave={() => {
        held.value = (box.current?.scrollTop ?? 0) > size;
        if (!held.value) settle();
      }}
    >
      {fresh.value.length > 0 && held.value && (
        <button
          type="button"
          class="pill-new"
          onClick={() => {
            settle();
            if (box.current) box.current.scrollTop = 0;
          }}
        >
          {t("{n} new", { n: fresh.value.length })}
        </button>
      )}
      <div
        ref={box}
        class="rows"
        role="grid"
        aria-label={t("Tickets")}
        aria-rowcount={more.value ? -1 : all.length}
        aria-multiselectable="true"
        aria-busy={state.value === "loading"}
        tabIndex={all.length ? -1 : 0}
        onScroll={look}
        onKeyDown={key}
      >
        <div class="rows-all" role="presentation" style={{ height: `${all.length * size}px` }}>
          {shown.map((index) => (
            <Row key={all[index]} number={all[index] ?? 0} index={index} top={index * size} onOpen={openTicket} />
          ))}
        </div>
        <Foot />
      </div>
    </div>
  );
}

function Foot() {
  if (state.value === "failed") {
    return (
      <div class="empty" role="alert">
        <Icon name="warn" />
        <p>{failure.value}</p>
        <button type="button" class="plain" onClick={() => void load()}>
          {t("Try again")}
        </button>
      </div>
    );
  }
  if (state.value === "loading")
    return numbers.value.length ? null : (
      <div class={classes("skeleton")} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
        <i />
      </div>
    );
  if (!numbers.value.length && !more.value) return <Empty />;
  return more.value ? <div class="foot-more">{t("Loading…")}</div> : null;
}

function Empty() {
  const { view, q, filter } = place.value;
  const unassigned = view === "mine" ? counts.value.views["unassigned"] : 0;
  const words = searching.value
    ? q.trim()
      ? t("Nothing found for “{words}”.", { words: q })
      : t("Type a number, a name or words.")
    : Object.keys(filter).length
      ? t("No ticket matches these filters.")
      : t("Nothing to do here. Well done.");
  return (
    <div class="empty">
      <Icon name={searching.value ? "search" : "done"} />
      <p>{words}</p>
      {!!unassigned && (
        <button type="button" class="link" onClick={() => goView("unassigned")}>
          {t("{n} tickets have no assignee yet", { n: unassigned })}
        </button>
      )}
    </div>
  );
}
