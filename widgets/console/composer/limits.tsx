/** In charge of what the network that a reply leaves by takes: how long a text may be, how many messages are left. */
import { type Signal, signal } from "@preact/signals";
import { t } from "../../shared/words";
import { api, type Limits } from "../api/calls";
import type { Thread } from "../api/tickets";
import { newest } from "../store/newest";
import type { Writing } from "./draft";

const FRESH = 60_000;
const NEARLY = 0.9;
const known = new Map<number, { limits: Signal<Limits | null>; load: () => Promise<void>; at: number }>();

/** What an account's network takes, asked again when it may have changed; null until it is known. */
function limitsOf(account: number): Limits | null {
  let found = known.get(account);
  if (!found) {
    const limits = signal<Limits | null>(null);
    known.set(account, (found = { limits, load: newest(async () => (limits.value = await api.limits(account))), at: 0 }));
  }
  if (performance.now() - found.at > FRESH || !found.at) {
    found.at = performance.now();
    void found.load();
  }
  return found.limits.value;
}

/** A message has left: what is left of the month is another number now. */
export function limitsChanged(account: number | null): void {
  const found = account === null ? undefined : known.get(account);
  if (found) found.at = 0;
}

export function LimitsLine({ thread, writing }: { thread: Thread; writing: Writing }) {
  const account = writing.account ?? thread.ticket.reply_account;
  const limits = account === null ? null : limitsOf(account);
  if (!limits) return null;
  const { text_units: longest, bubbles, quota, left } = limits;
  const units = writing.text.length; // of UTF-16, as networks count
  const parts = longest ? Math.max(1, Math.ceil(units / longest)) : 1;
  const tooMany = bubbles !== null && parts + writing.attachments.length > bubbles;
  return (
    <p class="limits" role="status">
      {longest !== null && units > longest * NEARLY && (
        <span class={tooMany ? "error" : ""}>
          {t("{n} of {most} characters", { n: units.toLocaleString(), most: longest.toLocaleString() })}
          {parts > 1 && ` · ${t("goes out in {n} parts", { n: parts })}`}
        </span>
      )}
      {quota !== null && left !== null && (
        <span class={left === 0 ? "error" : left < quota * (1 - NEARLY) ? "warm" : "faint"}>
          {left === 0
            ? t("The month's messages are used up. Please answer by mail.")
            : t("{left} of {quota} messages left this month", {
                left: left.toLocaleString(),
                quota: quota.toLocaleString(),
              })}
        </span>
      )}
    </p>
  );
}
