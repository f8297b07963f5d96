/** In charge of one row of the list: who, what about, the last words, how long they wait, and who is on it. */
import { classes } from "../../shared/dom";
import { moment, now, since, short } from "../../shared/time";
import { t } from "../../shared/words";
import type { SearchHit, TicketRow } from "../api/tickets";
import { others } from "../live/lookers";
import { agentName, statusName, writerOf, writes } from "../store/desk";
import { active, gone, hits, select, selected } from "../store/list";
import { ticketNumber } from "../store/place";
import { rowSignal } from "../store/rows";
import { customerTypes } from "../store/visitors";
import { Icon } from "../ui/icons";
import { Avatar, Channel, PriorityMark } from "../ui/marks";
import { Waiting as WaitingFor } from "../ui/waiting";

const UNDELIVERED = () => t("The last letter did not reach the customer");

interface Props {
  number: number;
  index: number;
  top: number;
  onOpen: (number: number) => void;
}

export function Row({ number, index, top, onOpen }: Props) {
  const row = rowSignal(number)?.value;
  if (!row) return null;
  const chosen = selected.value.has(number);
  const here = active.value === number;
  const unread = row.last_seq > row.read_seq && row.last_kind !== "agent" && row.last_kind !== "note";
  const hit = hits.value.get(number);
  return (
    <div
      role="row"
      id={`row-${number}`}
      aria-rowindex={index + 1}
      aria-selected={chosen}
      aria-current={ticketNumber.value === number || undefined}
      tabIndex={here ? 0 : -1}
      data-number={number}
      class={classes(
        "row",
        chosen && "chosen",
        ticketNumber.value === number && "open",
        unread && "unread",
        gone.value.has(number) && "gone",
      )}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) =>
        event.shiftKey || event.metaKey || event.ctrlKey ? select(number, event.shiftKey) : onOpen(number)
      }
      onFocus={() => (active.value = number)}
    >
      <span role="gridcell" class="row-pick">
        {writes.value && (
          <input
            type="checkbox"
            tabIndex={-1}
            checked={chosen}
            aria-label={t("Select #{number}", { number })}
            onClick={(event) => {
              event.stopPropagation();
              select(number, event.shiftKey);
            }}
          />
        )}
        <i class="unread-dot" role={unread ? "img" : undefined} aria-label={unread ? t("Unread") : undefined} />
      </span>
      <span role="gridcell" class="row-body">
        <span class="row-first">
          <Channel kind={row.channel} />
          <b class="row-name">{writerOf(row)}</b>
          <PriorityMark priority={row.priority} />
          {row.undelivered && (
            <span class="row-undelivered" role="img" aria-label={UNDELIVERED()} title={UNDELIVERED()}>
              <Icon name="warn" />
            </span>
          )}
          <Due row={row} />
          <Waiting row={row} />
        </span>
        <span class="row-second">
          <span class="row-subject">{row.subject || t("(no subject)")}</span>
          <span class="row-preview">{hit?.snippet ? <Snippet hit={hit} /> : <Preview row={row} />}</span>
        </span>
      </span>
      <span role="gridcell" class="row-side">
        <Presence number={number} />
        <Avatar agent={row.assignee} />
      </span>
    </div>
  );
}

/** A promise with a time, such as a call back: counted down, and red once it is broken. */
function Due({ row }: { row: TicketRow }) {
  if (!row.due_at || row.status === "done" || row.status === "none_needed") return null;
  const late = Date.parse(row.due_at) < now.value;
  return (
    <span class={late ? "row-due late" : "row-due"} title={t("Due {when}", { when: moment(row.due_at) })}>
      <Icon name="flag" />
      {short(row.due_at)}
    </span>
  );
}

function Waiting({ row }: { row: TicketRow }) {
  void now.value;
  if (row.status === "done" || row.status === "none_needed")
    return (
      <span class="row-when done">
        <Icon name="check" />
        {statusName(row.status)}
      </span>
    );
  if (row.snoozed_until)
    return (
      <span class="row-when">
        <Icon name="clock" />
        {short(row.snoozed_until)}
      </span>
    );
  if (row.status === "waiting")
    return (
      <span class="row-when">
        {statusName("waiting")} · {since(row.updated_at)}
      </span>
    );
  return <WaitingFor row={row} />;
}

function Preview({ row }: { row: TicketRow }) {
  const writers = others(row.number).filter((looker) => looker.typing);
  if (writers.length)
    return (
      <span class="row-typing">
        <Icon name="pen" />
        {t("Typing…")} {writers.map((looker) => agentName(looker.id)).join("、")}
      </span>
    );
  if (customerTypes(row.number))
    return (
      <span class="row-typing">
        <Icon name="pen" />
        {t("Typing…")}
      </span>
    );
  if (row.draft)
    return (
      <span class="row-draft">
        <Icon name="pen" />
        {t("Draft")}
      </span>
    );
  const ours = row.last_kind === "agent" || row.last_kind === "auto";
  return (
    <>
      {ours && (
        <span class="ours" aria-label={t("Our reply")}>
          ↩{" "}
        </span>
      )}
      {row.last_kind === "note" && <span class="ours">{t("Note")}: </span>}
      {row.last_text}
    </>
  );
}

function Snippet({ hit }: { hit: SearchHit }) {
  const letters = Array.from(hit.snippet);
  const parts = [];
  let at = 0;
  for (const [from, to] of hit.highlights) {
    if (from < at || to > letters.length) continue;
    parts.push(letters.slice(at, from).join(""), <mark key={from}>{letters.slice(from, to).join("")}</mark>);
    at = to;
  }
  parts.push(letters.slice(at).join(""));
  return <>{parts}</>;
}

function Presence({ number }: { number: number }) {
  const who = others(number);
  if (!who.length) return null;
  const names = who.map((looker) => agentName(looker.id)).join("、");
  return (
    <span class="lookers" title={t("{name} is looking", { name: names })}>
      <Icon name="eye" label={t("{name} is looking", { name: names })} />
    </span>
  );
}
