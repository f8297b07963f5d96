/** In charge of how times are said: on the clock of the visitor's own device. */
import { language, t } from "../../shared/words";

function format(at: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language.value === "ja" ? "ja-JP" : "en-GB", options).format(new Date(at));
}

export const clock = (at: string): string => format(at, { hour: "2-digit", minute: "2-digit" });

const date = (at: string): string => format(at, { month: "long", day: "numeric", weekday: "short" });

/** A day bar's words. */
export const day = (at: string): string => (new Date(at).toDateString() === new Date().toDateString() ? t("Today") : date(at));

export const moment = (at: string): string => `${date(at)} ${clock(at)}`;
