/** In charge of how long a customer has been waiting: it counts on the screen, to the second where people wait at the other
 *  end, and paints nothing but itself. */
import { useComputed, useSignal } from "@preact/signals";
import { counted, moment, now, since, warmth } from "../../shared/time";
import { t } from "../../shared/words";
import type { TicketRow } from "../api/tickets";

const MINUTE = 60_000;
/** When a wait is warm and when it is late, in ms: where somebody sits before a chat it is minutes. */
const AT_ONCE: [number, number] = [2 * MINUTE, 5 * MINUTE];

function isLive(channel: string): boolean {
  return channel === "webchat" || channel === "line";
}

/** Whether somebody waits for our answer. */
export function isWaiting(row: Pick<TicketRow, "status" | "snoozed_until">): boolean {
  return (row.status === "open" || row.status === "active") && row.snoozed_until === null;
}

export function Waiting({ row, words }: { row: TicketRow; words?: boolean }) {
  void now.value;
  const live = isLive(row.channel);
  const about = t("Waiting since {when}", { when: moment(row.waiting_since) });
  return (
    <span
      class={`row-when warm-${warmth(row.waiting_since, live ? AT_ONCE : undefined)}${words ? " waiting" : ""}`}
      title={about}
    >
      {words && <span>{t("Waiting")}</span>}
      <Count from={row.waiting_since} live={live} />
    </span>
  );
}

/** Only the text changes: no component is painted again for it. */
function Count({ from, live }: { from: string; live: boolean }) {
  const at = useSignal(from);
  const seconds = useSignal(live);
  at.value = from;
  seconds.value = live;
  const text = useComputed(() => (seconds.value ? counted(at.value) : since(at.value)));
  return <span>{text}</span>;
}
