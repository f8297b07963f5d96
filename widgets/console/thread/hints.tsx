/** In charge of what an agent should know before answering: a likely double, a stranger's token, a merged ticket. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Change, Thread } from "../api/tickets";
import { Later, showLater } from "../later/coming";
import { writes } from "../store/desk";
import { go } from "../store/place";
import { keepTicket } from "../store/threads";
import { Icon, type IconName } from "../ui/icons";
import { leads } from "./history";
import { moment } from "../../shared/time";

export function Hint({ icon, tone, children }: { icon: IconName; tone: "info" | "warn"; children: ComponentChildren }) {
  return (
    <div class={`hint ${tone}`} role="note">
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}

function TicketLink({ number }: { number: number }) {
  return (
    <button type="button" class="link" onClick={() => go({ ticket: number })}>
      #{number}
    </button>
  );
}

export function Hints({ thread, history }: { thread: Thread; history: readonly Change[] }) {
  const { ticket } = thread;
  const flow = leads(history);
  const closed = useSignal(false);
  const suggested = ticket.suggested_merge;
  return (
    <div class="hints">
      {ticket.merged_into !== null && (
        <Hint icon="merge" tone="info">
          {t("This ticket was merged. It goes on in")} <TicketLink number={ticket.merged_into} />
        </Hint>
      )}
      {flow !== null && ticket.merged_into === null && <Later part="Led" flow={flow} ticket={ticket} />}
      {ticket.hint && (
        <Hint icon="warn" tone="warn">
          {ticket.hint}
        </Hint>
      )}
      {ticket.snoozed_until && (
        <Hint icon="clock" tone="info">
          {t("Snoozed until {when}", { when: moment(ticket.snoozed_until) })}
        </Hint>
      )}
      {suggested !== null && ticket.merged_into === null && !closed.value && (
        <Hint icon="merge" tone="info">
          {t("The same person has a live ticket:")} <TicketLink number={suggested} />
          {writes.value && (
            <button
              type="button"
              class="plain"
              onClick={() => showLater(({ MergeDialog }) => <MergeDialog numbers={[ticket.number]} into={suggested} />)}
            >
              {t("Merge?")}
            </button>
          )}
          <button type="button" class="link" onClick={() => (closed.value = true)}>
            {t("Not the same")}
          </button>
        </Hint>
      )}
      {ticket.links.length > 0 && (
        <Hint icon="link" tone="info">
          {t("Linked:")}{" "}
          {ticket.links.map((number) => (
            <span key={number} class="linked">
              <TicketLink number={number} />
              {writes.value && (
                <button
                  type="button"
                  class="bare"
                  aria-label={t("Unlink #{number}", { number })}
                  onClick={() => void api.unlink(ticket.number, number).then(keepTicket, () => undefined)}
                >
                  ×
                </button>
              )}
            </span>
          ))}
        </Hint>
      )}
    </div>
  );
}
