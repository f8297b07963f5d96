/** In charge of the list of visitors: who looks at the shop now, what at, and a first word to them. */
import { useSignal } from "@preact/signals";
import { Fragment } from "preact";
import { now, since } from "../../shared/time";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Ticket } from "../api/tickets";
import type { Visitor } from "../api/visitors";
import { cartWords, PageLink } from "../customer/visit";
import { accountOf, honoured, writes } from "../store/desk";
import { go, zoneShown } from "../store/place";
import { keepRow } from "../store/rows";
import { visitors } from "../store/visitors";
import { closeDialog, Dialog, showDialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { Face } from "../ui/marks";
import { toast } from "../ui/toast";
import { openNav } from "./nav";

function visitorName(one: Visitor): string {
  return one.customer?.name || one.name ? honoured(one.customer?.name || one.name) : t("Visitor");
}

function openTicket(number: number): void {
  go({ ticket: number });
  zoneShown.value = "thread";
}

export function VisitorsZone() {
  void now.value;
  const all = visitors.value;
  return (
    <section class="list visitors" aria-label={t("Visitors")}>
      <header class="list-head">
        <div class="list-title">
          <button type="button" class="icon narrow" aria-label={t("Views")} onClick={openNav}>
            <Icon name="all" />
          </button>
          <h1>
            {t("Visitors")}
            <small>{t("{n} online", { n: all.length })}</small>
          </h1>
        </div>
      </header>
      {all.length ? (
        <ul class="visitor-list">
          {all.map((one) => (
            <Entry key={`${one.account}:${one.visitor}`} visitor={one} />
          ))}
        </ul>
      ) : (
        <div class="empty">
          <Icon name="eye" />
          <p>{t("Nobody is on the site now.")}</p>
          <p class="faint">{t("Visitors are shown once their chat is loaded.")}</p>
        </div>
      )}
    </section>
  );
}

function Entry({ visitor }: { visitor: Visitor }) {
  const { ticket, page, cart, order, tags } = visitor;
  return (
    <li class="visitor">
      <Face name={visitor.customer?.name || visitor.name || "?"} seed={visitor.customer?.id ?? 0} />
      <div class="visitor-body">
        <p class="visitor-first">
          <b>{visitorName(visitor)}</b>
          {visitor.signed && <span class="badge good">{t("Signed in")}</span>}
          {!visitor.signed && visitor.name && !visitor.customer && <span class="badge">{t("Unconfirmed")}</span>}
          {visitor.typing && <span class="row-typing">{t("Typing…")}</span>}
          <time title={t("On the site since")} datetime={visitor.since}>
            {since(visitor.since)}
          </time>
        </p>
        {page && (
          <p class="visitor-page">
            <PageLink page={page} />
          </p>
        )}
        <p class="faint">
          {[
            accountOf(visitor.account)?.name,
            visitor.language === "en" ? t("English") : t("Japanese"),
            cart && cartWords(cart),
            order && t("Order {number}", { number: order }),
            ...(tags ?? []),
          ]
            .filter(Boolean)
            .map((words, at) => (
              <Fragment key={at}>
                {at > 0 && " · "}
                {words}
              </Fragment>
            ))}
        </p>
        <p class="visitor-acts">
          {ticket !== null && (
            <button type="button" class="plain" onClick={() => openTicket(ticket)}>
              {t("Open #{number}", { number: ticket })}
            </button>
          )}
          {ticket === null && visitor.welcome && writes.value && (
            <button type="button" class="plain" onClick={() => showDialog(<GreetDialog visitor={visitor} />)}>
              <Icon name="webchat" />
              {t("Speak to them")}
            </button>
          )}
        </p>
      </div>
    </li>
  );
}

function GreetDialog({ visitor }: { visitor: Visitor }) {
  const text = useSignal("");
  const busy = useSignal(false);
  const begin = (ticket: Ticket) => {
    keepRow(ticket);
    closeDialog(() => openTicket(ticket.number));
  };
  const submit = async () => {
    if (!text.peek().trim() || busy.peek()) return;
    busy.value = true;
    try {
      begin(await api.greet(visitor, text.peek()));
    } catch (problem) {
      const current = problem instanceof Refusal ? (problem.current as Ticket | undefined) : undefined;
      toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
      if (current?.number) begin(current);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog
      title={t("Speak to {name}", { name: visitorName(visitor) })}
      onSubmit={() => void submit()}
      foot={
        <button type="submit" class="primary" disabled={busy.value || !text.value.trim()}>
          {t("Send")}
        </button>
      }
    >
      {visitor.page && (
        <p class="faint">
          {t("Looks at")} <PageLink page={visitor.page} />
        </p>
      )}
      <textarea
        data-first
        rows={4}
        maxLength={5000}
        aria-label={t("Your first words")}
        placeholder={t("May I help you?")}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
    </Dialog>
  );
}
