/** In charge of how times are shown: in the desk's time zone, `8月20日(木) 14:03`, and how long somebody waits. */
import { computed, signal } from "@preact/signals";
import { language, t } from "./words";

export const zone = signal("Asia/Tokyo");

/** Ticks twice a minute; whoever reads it is painted again. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 30_000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) now.value = Date.now();
});

let beat: ReturnType<typeof setInterval> | undefined;

/** Ticks every second, as long as something reads it and the page is in sight. */
export const tick = signal(Date.now(), {
  watched() {
    beat = setInterval(() => {
      if (!document.hidden) tick.value = Date.now();
    }, 1000);
  },
  unwatched() {
    clearInterval(beat);
  },
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = language.value === "ja" ? "ja-JP" : "en-GB";
  const key = `${locale} ${zone.value} ${JSON.stringify(options)}`;
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, { timeZone: zone.value, ...options })));
  return made;
}

export function clock(at: string | number | Date): string {
  return format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
}

/** `8月20日(木)`; with the year when it is not this one. */
export function day(at: string | number | Date): string {
  const date = new Date(at);
  const old = yearOf(date) !== yearOf(new Date());
  return format({
    month: language.value === "ja" ? "long" : "short",
    day: "numeric",
    weekday: "short",
    ...(old ? { year: "numeric" } : {}),
  }).format(date);
}

export function moment(at: string | number | Date): string {
  return `${day(at)} ${clock(at)}`;
}

function yearOf(date: Date): string {
  return format({ year: "numeric" }).format(date);
}

/** No zone's day begins within a quarter of an hour: what one moment of it was told is good for all. */
const QUARTER = 15 * MINUTE;
const keys = new Map<string, string>();

/** A key that is the same for all moments of one day in the desk's zone. */
export function dayKey(at: string | number | Date): string {
  const date = new Date(at);
  const quarter = `${zone.value} ${Math.floor(date.getTime() / QUARTER)}`;
  let key = keys.get(quarter);
  if (key === undefined) {
    const { year, month, day: number } = parts(date);
    key = `${year}-${String(month).padStart(2, "0")}-${String(number).padStart(2, "0")}`;
    if (keys.size >= 5000) keys.clear();
    keys.set(quarter, key);
  }
  return key;
}

/** A day bar's words: today, yesterday, or the date. */
export function dayName(at: string | number | Date): string {
  const key = dayKey(at);
  if (key === dayKey(now.value)) return `${t("Today")} · ${day(at)}`;
  if (key === dayKey(now.value - DAY)) return `${t("Yesterday")} · ${day(at)}`;
  return day(at);
}

/** The clock for today, the date for other days: for narrow places. */
export function short(at: string | number | Date): string {
  if (dayKey(at) === dayKey(now.value)) return clock(at);
  return format({ month: "numeric", day: "numeric" }).format(new Date(at));
}

/** How long ago, in its largest unit: `3分`, `2時間`, `5日`. */
export function since(at: string | number | Date): string {
  const passed = Math.max(0, now.value - new Date(at).getTime());
  if (passed < MINUTE) return t("just now");
  if (passed < HOUR) return t("{n} min", { n: Math.floor(passed / MINUTE) });
  if (passed < DAY) return t("{n} h", { n: Math.floor(passed / HOUR) });
  return t("{n} d", { n: Math.floor(passed / DAY) });
}

/** How long ago to the second, `4:07`, within the first hour; afterwards as `since`. */
export function counted(at: string | number | Date): string {
  const passed = Math.max(0, tick.value - new Date(at).getTime());
  if (passed >= HOUR) return since(at);
  const seconds = Math.floor(passed / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** 0 fresh, 1 it is time, 2 late: how warm a waiting time is painted. */
export function warmth(at: string | number | Date, [warm, late] = [4 * HOUR, DAY]): 0 | 1 | 2 {
  const passed = now.value - new Date(at).getTime();
  return passed > late ? 2 : passed > warm ? 1 : 0;
}

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  weekday: number;
}

/** Making one takes longer than everything that it is asked afterwards. */
const reader = computed(
  () =>
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone.value,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      weekday: "short",
    }),
);

/** A moment's calendar parts in the desk's zone; weekday 0 is Sunday. */
export function parts(at: Date): Parts {
  const found: Record<string, string> = {};
  for (const { type, value } of reader.value.formatToParts(at)) found[type] = value;
  const weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf(found["weekday"] ?? "");
  return {
    year: Number(found["year"]),
    month: Number(found["month"]),
    day: Number(found["day"]),
    hour: Number(found["hour"]),
    minute: Number(found["minute"]),
    weekday,
  };
}

/** The moment at which the desk's clock shows this. Days past the end of a month run over. */
export function at(year: number, month: number, date: number, hour: number, minute = 0): Date {
  const wanted = Date.UTC(year, month - 1, date, hour, minute);
  let guess = wanted;
  for (let turn = 0; turn < 2; turn += 1) {
    const shown = parts(new Date(guess));
    guess += wanted - Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute);
  }
  return new Date(guess);
}

/** A moment as `<input type="datetime-local">` wants it, on the desk's clock; and back. */
export function toInput(when: Date): string {
  const shown = parts(when);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${shown.year}-${two(shown.month)}-${two(shown.day)}T${two(shown.hour)}:${two(shown.minute)}`;
}

export function fromInput(text: string): Date | null {
  const found = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)/.exec(text);
  if (!found) return null;
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0] = found.slice(1).map(Number);
  return at(year, month, date, hour, minute);
}
