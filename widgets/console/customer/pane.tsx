/** In charge of the fourth zone: who the customer is, how they can be reached, their other tickets, what is kept of
 *  this one. Sections of later issues (orders, rank) join the list below. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { classes, copy } from "../../shared/dom";
import { day, short } from "../../shared/time";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Contact, Customer } from "../api/customers";
import type { Thread } from "../api/tickets";
import { channelName, honoured, writes } from "../store/desk";
import { go, ticketNumber, zoneShown } from "../store/place";
import { pane, showPane } from "../store/settings";
import { known } from "../store/threads";
import { row } from "../store/rows";
import { NewTicketDialog } from "../composer/outbound";
import { PhoneDialog } from "../composer/phone";
import { MergeDialog } from "../thread/merge";
import { showDialog } from "../ui/dialog";
import { channelIcon, Icon } from "../ui/icons";
import { Channel, Face, StatusMark } from "../ui/marks";
import { toast } from "../ui/toast";
import { visitorOf } from "../store/visitors";
import { change, EditPerson } from "./edit";
import { Notices } from "./notices";
import { Orders } from "./orders";
import { Same } from "./same";
import { Known } from "./known";
import { Sources } from "./sources";
import { Visit } from "./visit";
import { ContinueOnLine, LineContact } from "./line";
import { Properties } from "./properties";

const SECTIONS: readonly { key: string; name: () => string; show: (thread: Thread) => JSX.Element | null }[] = [
  {
    key: "customer",
    name: () => t("Customer"),
    show: (thread) => <Person customer={thread.customer} number={thread.ticket.number} />,
  },
  {
    key: "visit",
    name: () => t("On the site"),
    show: (thread) => {
      const visitor = visitorOf(thread.ticket.number);
      return visitor ? <Visit visitor={visitor} /> : null;
    },
  },
  {
    key: "same",
    name: () => t("The same person?"),
    show: (thread) => <Same key={thread.customer.id} customer={thread.customer} number={thread.ticket.number} />,
  },
  {
    key: "sources",
    name: () => "",
    show: (thread) => <Sources key={thread.customer.id} customer={thread.customer.id} />,
  },
  {
    key: "orders",
    name: () => t("Orders"),
    show: (thread) => <Orders purchases={thread.purchases} customer={thread.customer} />,
  },
  {
    key: "notices",
    name: () => "",
    show: (thread) => <Notices key={thread.customer.id} customer={thread.customer.id} />,
  },
  { key: "tickets", name: () => t("Other tickets"), show: (thread) => <OtherTickets thread={thread} /> },
  {
    key: "note",
    name: () => t("Notes on the customer"),
    show: (thread) => (
      <>
        <Known customer={thread.customer} />
        <CustomerNote key={thread.customer.id} customer={thread.customer} number={thread.ticket.number} />
      </>
    ),
  },
  { key: "properties", name: () => t("Ticket"), show: (thread) => <Properties ticket={thread.ticket} /> },
];

export function PaneZone() {
  const number = ticketNumber.value;
  const thread = number === null ? null : known(number)?.thread.value;
  if (!thread) return null;
  const close = () => {
    showPane(false);
    zoneShown.value = "thread";
  };
  return (
    <aside class={classes("pane", pane.value && "shown")} aria-label={t("Customer")}>
      <header class="pane-head">
        <button
          type="button"
          class="icon narrow"
          aria-label={t("Back to the ticket")}
          onClick={() => (zoneShown.value = "thread")}
        >
          <Icon name="back" />
        </button>
        <h2>{t("Customer")}</h2>
        <button type="button" class="icon pane-close" aria-label={t("Close")} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="pane-scroll">
        {SECTIONS.map(({ key, name, show }) => {
          const shown = show(thread);
          return (
            shown && (
              <section key={key} class={`pane-section section-${key}`}>
                {!["customer", "same", "sources", "notices"].includes(key) && <h3>{name()}</h3>}
                {shown}
              </section>
            )
          );
        })}
      </div>
    </aside>
  );
}

function Person({ customer, number }: { customer: Customer; number: number }) {
  const editing = useSignal(false);
  const blocked = customer.blocked;
  return (
    <>
      <div class="person-head">
        <Face name={customer.name} seed={customer.id} />
        <div>
          <b class="person-name">{honoured(customer.name)}</b>
          {customer.vip && <span class="badge good">{t("VIP")}</span>}
          {customer.member_rank && <span class="badge">{customer.member_rank}</span>}
          {customer.opted_out && <span class="badge">{t("Wants no advertising")}</span>}
          {customer.erased_at ? (
            <span class="badge bad">{t("Erased")}</span>
          ) : (
            customer.stops.length > 0 && (
              <a class="badge bad" href={`/admin/customers/${customer.id}/rights`}>
                {t("Use is stopped")}
              </a>
            )
          )}
          {(customer.kana || customer.company) && (
            <small>{[customer.kana, customer.company].filter(Boolean).join(" · ")}</small>
          )}
          <small>{t("Customer since {day}", { day: day(customer.created_at) })}</small>
        </div>
        {writes.value && (
          <button
            type="button"
            class="icon"
            aria-label={t("Edit the customer")}
            title={t("Edit the customer")}
            aria-expanded={editing.value}
            onClick={() => (editing.value = !editing.value)}
          >
            <Icon name="pen" />
          </button>
        )}
      </div>
      {blocked && (
        <p class="badge bad">
          <Icon name="spam" />
          {t("Blocked: new messages are filed as spam.")}
        </p>
      )}
      {editing.value && <EditPerson customer={customer} number={number} done={() => (editing.value = false)} />}
      <ul class="contacts">
        {customer.contacts.map((contact) => (
          <ContactLine key={contact.id} contact={contact} customer={customer} number={number} />
        ))}
      </ul>
      {writes.value && (
        <div class="pane-actions">
          <ContinueOnLine customer={customer} number={number} />
          <button
            type="button"
            class="link"
            onClick={() => void change(number, () => api.block(customer.id, !blocked))}
          >
            {blocked ? t("Unblock") : t("Block this sender")}
          </button>
          <a class="link" href={`/admin/customers/${customer.id}`} target="_blank" rel="noopener">
            {t("Everything known of them")}
          </a>
        </div>
      )}
    </>
  );
}

function ContactLine({ contact, customer, number }: { contact: Contact; customer: Customer; number: number }) {
  // Typed into a form or said on the phone, and never proved by an answer.
  const kind = contact.kind.replace(/-unverified$/, "");
  const unproved = kind !== contact.kind;
  const copied = async () => {
    if (await copy(contact.address)) toast({ words: t("Copied: {text}", { text: contact.address }) });
  };
  const act =
    kind === "email"
      ? () => showDialog(<NewTicketDialog customer={customer} to={{ name: customer.name, address: contact.address }} />)
      : kind === "phone"
        ? () => showDialog(<PhoneDialog number={contact.address} />)
        : null;
  return (
    <li class={contact.reachable ? "" : "unreachable"}>
      <span class={`channel ${kind}`} title={channelName(kind)}>
        <Icon name={channelIcon(kind)} label={channelName(kind)} />
      </span>
      {kind.startsWith("line") ? (
        <LineContact contact={contact} customer={customer} number={number} />
      ) : (
        <button type="button" class="bare address" title={t("Copy")} onClick={() => void copied()}>
          {kind === "visitor" ? t("Visitor of the site") : contact.shown}
        </button>
      )}
      {act && writes.value && (
        <button
          type="button"
          class="icon small"
          aria-label={kind === "email" ? t("New ticket") : t("Phone note")}
          title={kind === "email" ? t("New ticket") : t("Phone note")}
          onClick={act}
        >
          <Icon name="plus" />
        </button>
      )}
      {contact.verified_by && (
        <span class="verified" title={t("Verified")} role="img" aria-label={t("Verified")}>
          ✓
        </span>
      )}
      {unproved && (
        <span class="badge" title={t("The customer typed it; no answer has come from there yet.")}>
          {t("Unconfirmed")}
        </span>
      )}
      {!contact.reachable && (
        <small class="error">
          {t("Cannot be reached")}
          {contact.unreachable_because && `: ${contact.unreachable_because}`}
        </small>
      )}
    </li>
  );
}

function CustomerNote({ customer, number }: { customer: Customer; number: number }) {
  const keep = (text: string) => {
    if (text !== customer.note)
      void change(number, () => api.editCustomer(customer.id, { note: text }, customer.version));
  };
  return (
    <textarea
      class="customer-note"
      rows={3}
      defaultValue={customer.note}
      disabled={!writes.value}
      aria-label={t("Notes on the customer")}
      placeholder={t("Kept for every ticket of this customer")}
      onBlur={(event) => keep(event.currentTarget.value)}
    />
  );
}

function OtherTickets({ thread }: { thread: Thread }) {
  const others = thread.other_tickets.filter((ticket) => ticket.number !== thread.ticket.number);
  if (!others.length) return <p class="faint">{t("No other tickets.")}</p>;
  return (
    <ul class="other-tickets">
      {others.map((other) => {
        const now = row(other.number) ?? other;
        return (
          <li key={now.number}>
            <button
              type="button"
              title={now.last_text}
              onClick={() => {
                go({ ticket: now.number });
                zoneShown.value = "thread";
              }}
            >
              <span class="row-first">
                <Channel kind={now.channel} />
                <b>#{now.number}</b>
                <StatusMark status={now.status} />
                <time>{short(now.updated_at)}</time>
              </span>
              <span class="other-subject">{now.subject || t("(no subject)")}</span>
            </button>
            {writes.value && now.merged_into === null && thread.ticket.merged_into === null && (
              <button
                type="button"
                class="icon small"
                aria-label={t("Merge #{number} into…", { number: now.number })}
                title={t("Merge with this ticket")}
                onClick={() =>
                  showDialog(<MergeDialog numbers={[thread.ticket.number, now.number]} into={now.number} />)
                }
              >
                <Icon name="merge" />
              </button>
            )}
          </li>
        );
      })}
      {others.length > 0 && (
        <li>
          <button
            type="button"
            class="link"
            onClick={() => {
              go({ view: "all", filter: { customer: String(thread.customer.id) } });
              zoneShown.value = "list";
            }}
          >
            {t("All tickets of this customer")}
          </button>
        </li>
      )}
    </ul>
  );
}
