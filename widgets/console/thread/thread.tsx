/** In charge of the third zone: the open ticket as one timeline, where it is scrolled to, and what has been seen. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { later } from "../../shared/dom";
import { dayKey, dayName } from "../../shared/time";
import { t } from "../../shared/words";
import type { Place } from "../api/desk";
import type { Change, Thread } from "../api/tickets";
import { Composer } from "../composer/composer";
import { Later } from "../later/coming";
import { me, writes } from "../store/desk";
import { peekRow } from "../store/rows";
import { place, ticketNumber } from "../store/place";
import { keepPlace, placeOf } from "../store/strip";
import { loadEarlier, markRead, open, reload } from "../store/threads";
import { customerTypes } from "../store/visitors";
import { Icon } from "../ui/icons";
import { ThreadHead } from "./head";
import { Hints } from "./hints";
import { HistoryRun } from "./history";
import { MessageCard } from "./message";
import { saw } from "./seen";
import { picking } from "./split";
import { messageIn, timeline } from "./timeline";

/** How many of a ticket's messages stand on the page at first, and how many more when one scrolls to the first of them. */
const AT_FIRST = 16;
const MORE = 40;
/** In pixels: so near to the first of them, the ones before it are put there. */
const NEAR = 900;

export function ThreadZone() {
  const number = ticketNumber.value;
  if (number === null) {
    return (
      <main class="thread nothing">
        <div class="empty">
          <Icon name="inbox" />
          <p>{t("Choose a ticket.")}</p>
          <p class="faint">{t("J and K move, Enter opens, ? shows all keys.")}</p>
        </div>
      </main>
    );
  }
  return <OpenTicket key={number} number={number} />;
}

function OpenTicket({ number }: { number: number }) {
  const opened = open(number);
  const thread = opened.thread.value;
  if (!thread) {
    return (
      <main class="thread nothing">
        {opened.failure.value ? (
          <div class="empty" role="alert">
            <Icon name="warn" />
            <p>{opened.failure.value}</p>
            <button type="button" class="plain" onClick={() => void reload(number)}>
              {t("Try again")}
            </button>
          </div>
        ) : (
          <div class="skeleton" aria-label={t("Loading…")}>
            <i />
            <i />
            <i />
          </div>
        )}
      </main>
    );
  }
  return (
    <main class="thread" aria-label={`#${number} ${thread.ticket.subject}`}>
      <ThreadHead thread={thread} />
      <Hints thread={thread} history={opened.history.value} />
      <Log thread={thread} history={opened.history.value} />
      {picking.value && <Later part="SplitBar" ticket={thread.ticket} messages={thread.messages} />}
      {writes.value && thread.ticket.merged_into === null && <Composer key={number} thread={thread} />}
    </main>
  );
}

function isAtEnd(log: HTMLElement): boolean {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 60;
}

/** The first message in sight, so that the same words are there on a screen of another width. */
function placeIn(log: HTMLElement): Place | null {
  const edge = log.getBoundingClientRect().top;
  for (const card of log.querySelectorAll<HTMLElement>("[data-seq]")) {
    const { top, bottom } = card.getBoundingClientRect();
    if (bottom > edge) return { seq: Number(card.dataset["seq"]), top: Math.round(top - edge) };
  }
  return null;
}

/** The seq of the first message that stands on the page at first: some before the one to begin with. */
function beginning(thread: Thread, firstUnread: number | null): number {
  const { messages } = thread;
  const asked = place.peek().seq ?? placeOf(thread.ticket.number)?.seq ?? null;
  let at = messages.length - AT_FIRST;
  if (firstUnread !== null) at = Math.min(at, messages.findIndex((each) => each.id === firstUnread) - 8);
  if (asked !== null) at = Math.min(at, messages.findIndex((each) => each.seq >= asked) - 8);
  return messages[Math.max(0, at)]?.seq ?? 0;
}

function Log({ thread, history }: { thread: Thread; history: readonly Change[] }) {
  const { number } = thread.ticket;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const touched = useRef(0);
  const below = useSignal(0);
  const loading = useSignal(false);
  const firstUnread = useMemo(() => {
    const read = peekRow(number)?.read_seq ?? 0;
    const first = thread.messages.find(
      (message) => message.seq > read && message.kind !== "note" && message.agent !== me.peek()?.id,
    );
    return read > 0 && first && first !== thread.messages[0] ? first.id : null;
  }, [number]);
  const all = useMemo(() => timeline(thread, history), [thread, history]);
  // Of a long ticket only the end stands on the page, from where the agent begins to read; what is before it is put
  // there when it is scrolled to. `from` is the seq of the first one that does.
  const from = useSignal(useMemo(() => beginning(thread, firstUnread), [number]));
  const start = all.findIndex((item) => "message" in item && item.message.seq >= from.value);
  const items = start > 0 && from.value > (thread.messages[0]?.seq ?? 0) ? all.slice(start) : all;
  const last = thread.messages.at(-1);
  const first = items === all ? thread.messages[0]?.id : messageIn(items[0])?.id;
  const kept = useRef<{ first: number | undefined; height: number; last: number | undefined }>({
    first,
    height: 0,
    last: undefined,
  });

  const standing = useMemo(
    () => later(150, () => box.current && keepPlace(number, atEnd.current ? null : placeIn(box.current))),
    [number],
  );

  const noticed = () => {
    if (document.hidden || !last) return;
    markRead(number, last.seq);
    if (atEnd.current) saw(number, last.seq);
  };

  // Where to begin: a message that was asked for, where the agent was, the first unread one, or the end.
  useLayoutEffect(() => {
    const log = box.current;
    if (!log) return;
    const asked = place.peek().seq;
    const target =
      asked !== null
        ? log.querySelector(`[data-seq="${asked}"]`)
        : firstUnread !== null
          ? log.querySelector(".unread-bar")
          : null;
    const before = placeOf(number);
    const stood = before && log.querySelector(`[data-seq="${before.seq}"]`);
    if (target) target.scrollIntoView({ block: asked !== null ? "center" : "start" });
    else if (before && stood)
      log.scrollTop += stood.getBoundingClientRect().top - log.getBoundingClientRect().top - before.top;
    else log.scrollTop = log.scrollHeight;
    atEnd.current = isAtEnd(log);
    if (last) saw(number, last.seq);
    // A picture that loads must not push the newest words out of sight; what the agent unfolds must stay where it is.
    const watcher = new ResizeObserver(() => {
      if (atEnd.current && performance.now() - touched.current > 600) log.scrollTop = log.scrollHeight;
      else atEnd.current = isAtEnd(log);
    });
    watcher.observe(log);
    if (log.firstElementChild) watcher.observe(log.firstElementChild);
    const shown = () => noticed();
    document.addEventListener("visibilitychange", shown);
    return () => {
      // Scrolled a moment ago, it has perhaps not heard of that yet; what is hidden has no place.
      if (log.clientHeight) keepPlace(number, isAtEnd(log) ? null : placeIn(log));
      else standing.flush();
      standing.drop();
      watcher.disconnect();
      document.removeEventListener("visibilitychange", shown);
    };
  }, [number]);

  // New words at the end are followed when the agent is there; earlier ones must not move what is read.
  useLayoutEffect(() => {
    const log = box.current;
    if (!log) return;
    const was = kept.current;
    if (was.last !== undefined && was.first !== first && was.last === last?.id)
      log.scrollTop += log.scrollHeight - was.height;
    else if (was.last !== undefined && was.last !== last?.id) {
      if (atEnd.current || last?.agent === me.peek()?.id) log.scrollTop = log.scrollHeight;
      else below.value += 1;
    }
    kept.current = { first, height: log.scrollHeight, last: last?.id };
    if (items !== all && log.scrollHeight - log.clientHeight < NEAR) grow();
    noticed();
  }, [first, last?.id]);

  const grow = () => {
    from.value = all.slice(Math.max(0, start - MORE), start).map(messageIn).find(Boolean)?.seq ?? 0;
  };

  const earlier = async () => {
    if (loading.value) return;
    loading.value = true;
    await loadEarlier(number).catch(() => undefined);
    from.value = 0;
    loading.value = false;
  };

  const scrolled = () => {
    const log = box.current;
    if (!log) return;
    standing.call();
    atEnd.current = isAtEnd(log);
    if (atEnd.current) {
      below.value = 0;
      noticed();
    }
    kept.current.height = log.scrollHeight;
    if (items !== all) {
      if (log.scrollTop < NEAR) grow();
    } else if (log.scrollTop < 80 && thread.earlier) void earlier();
  };

  let day = "";
  const lastSeen = thread.messages.findLast((each) => each.kind === "agent" && each.id <= thread.ticket.seen)?.id;
  return (
    <div class="log-place">
      <div
        ref={box}
        class="log"
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        aria-label={t("Messages")}
        tabIndex={0}
        onScroll={scrolled}
        onClick={() => (touched.current = performance.now())}
      >
        <div class="log-inner">
          {thread.earlier && items === all && (
            <button type="button" class="plain earlier" disabled={loading.value} onClick={() => void earlier()}>
              {loading.value ? t("Loading…") : t("Earlier messages")}
            </button>
          )}
          {items.map((item) => {
            const key = dayKey(item.at);
            const bar = key !== day;
            day = key;
            return [
              bar && (
                <div key={`d${key}`} class="day-bar">
                  <span>{dayName(item.at)}</span>
                </div>
              ),
              "message" in item && item.message.id === firstUnread && (
                <div key="unread" class="unread-bar">
                  <span>{t("New from here")}</span>
                </div>
              ),
              "message" in item ? (
                <MessageCard
                  key={item.key}
                  message={item.message}
                  ticket={thread.ticket}
                  seen={item.message.id === lastSeen}
                />
              ) : (
                <HistoryRun key={item.key} changes={item.changes} />
              ),
            ];
          })}
          <CustomerTypes number={number} />
        </div>
      </div>
      {below.value > 0 && (
        <button
          type="button"
          class="pill-new low"
          onClick={() => {
            if (box.current) box.current.scrollTop = box.current.scrollHeight;
          }}
        >
          {t("{n} new", { n: below.value })} ↓
        </button>
      )}
    </div>
  );
}

function CustomerTypes({ number }: { number: number }) {
  if (!customerTypes(number)) return null;
  return (
    <p class="customer-types row-typing" aria-live="off">
      <Icon name="pen" />
      {t("The customer is typing…")}
    </p>
  );
}
