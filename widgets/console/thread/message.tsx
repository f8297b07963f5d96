/** In charge of one message: who, when, the words, what is folded away, its files, and how its delivery stands. */
import { useSignal } from "@preact/signals";
import { classes } from "../../shared/dom";
import { clock, moment } from "../../shared/time";
import { t } from "../../shared/words";
import type { Message } from "../api/messages";
import type { Ticket } from "../api/tickets";
import { answer } from "../composer/composer";
import { Later } from "../later/coming";
import { agentName, desk, honoured, writes } from "../store/desk";
import { Icon } from "../ui/icons";
import { Avatar, Face } from "../ui/marks";
import { Offered, Quoted, RichPart, Said, besides } from "./cards";
import { Rated } from "./chat";
import { Authentication, Details, Fields, Html } from "./details";
import { Files } from "./files";
import { LetterMark } from "./letter";
import { pickMessage, picking } from "./split";
import { Suggested } from "./suggested";
import { Words } from "./text";

const FOLDED_LINES = 5;

/** Whoever has no name is called by their address; a chat's visitor has none that says anything. */
function called({ sender }: Message, ticket: Ticket): string {
  const name = sender.name || ticket.customer.name;
  return name ? honoured(name) : ticket.chat ? t("Visitor") : honoured(sender.address);
}

function author(message: Message, ticket: Ticket): string {
  if (message.agent !== null) return agentName(message.agent);
  switch (message.kind) {
    case "auto":
      return t("Automatic answer");
    case "note":
    case "rating":
      return t("The desk");
    case "bounce":
      return t("Delivery report");
    default:
      return called(message, ticket);
  }
}

function kindName(message: Message): string | null {
  switch (message.kind) {
    case "note":
      return t("Internal note");
    case "auto":
      return t("Automatic");
    case "bounce":
      return message.automatic === "complaint" ? t("Reported as spam by its recipient") : t("Undeliverable");
    default:
      return null;
  }
}

/** What happened in a chat, as its customer reads it too. */
function Line({ message: { line, created_at, seq } }: { message: Message }) {
  if (!line) return null;
  const words = {
    joined: t("{name} has joined the chat", { name: line.name }),
    handed: t("Handed over: the customer is told that a colleague will come"),
    ended: t("The chat has ended"),
    left: t("The customer ended the chat"),
  }[line.what];
  return (
    <p class="chat-line" data-seq={seq}>
      {words} <time datetime={created_at}>{clock(created_at)}</time>
    </p>
  );
}

export function MessageCard(props: { message: Message; ticket: Ticket; seen?: boolean }) {
  return props.message.line ? <Line message={props.message} /> : <Card {...props} />;
}

function Card({ message, ticket, seen }: { message: Message; ticket: Ticket; seen?: boolean }) {
  const details = useSignal(false);
  const whole = useSignal(false);
  const page = useSignal(false);
  // What the desk answers by itself is known by heart: its beginning is enough.
  const folded = useSignal(message.kind === "auto" && message.text.split("\n").length > FOLDED_LINES);
  const picks = picking.value;
  const ours = message.agent !== null || message.kind === "auto" || message.kind === "note";
  const label = kindName(message);
  const withdrawn = message.withdrawn_at !== null;
  const chosen = picks?.has(message.id) ?? false;
  return (
    <article
      class={classes(
        "message",
        message.kind,
        ours && "ours",
        withdrawn && "withdrawn",
        message.letter?.state === "recalled" && "recalled",
        chosen && "chosen",
      )}
      data-seq={message.seq}
      aria-label={`${author(message, ticket)} ${moment(message.created_at)}`}
    >
      {picks && (
        <input
          type="checkbox"
          class="message-pick"
          checked={chosen}
          aria-label={t("Choose this message")}
          onChange={() => pickMessage(message.id)}
        />
      )}
      {message.agent !== null ? (
        <Avatar agent={message.agent} />
      ) : ours || message.kind === "bounce" || message.kind === "rating" ? (
        <span class="face desk" aria-hidden="true">
          <Icon name={message.kind === "bounce" ? "warn" : "gear"} />
        </span>
      ) : (
        <Face name={message.sender.name || ticket.customer.name || (ticket.chat ? "?" : message.sender.address)} seed={ticket.customer.id} />
      )}
      <div class="message-body">
        <header>
          <b>{author(message, ticket)}</b>
          {label && (
            <span class={`badge ${message.kind}`}>
              {message.kind === "note" && <Icon name="note" />}
              {label}
            </span>
          )}
          {message.automatic && message.kind !== "auto" && (
            <span class="badge" title={message.automatic}>
              {t("Automatic mail")}
            </span>
          )}
          <Authentication message={message} />
          {message.marks.map((mark) => (
            <span key={mark} class="badge faint">
              {mark}
            </span>
          ))}
          <time datetime={message.created_at} title={moment(message.created_at)}>
            {clock(message.created_at)}
          </time>
          {message.quotable && writes.value && (
            <button
              type="button"
              class="icon small"
              aria-label={t("Answer this message")}
              title={t("Answer this message: the customer sees it above the answer")}
              onClick={() => answer(message)}
            >
              <Icon name="reply" />
            </button>
          )}
          <button
            type="button"
            class="icon small"
            aria-expanded={details.value}
            aria-label={t("Details")}
            title={t("Details")}
            onClick={() => (details.value = !details.value)}
          >
            <Icon name="down" />
          </button>
        </header>
        {details.value && <Details message={message} />}
        {withdrawn ? (
          <p class="withdrawn-words">
            {t("The sender took this message back.")}{" "}
            <time datetime={message.withdrawn_at ?? ""}>{moment(message.withdrawn_at ?? "")}</time>
          </p>
        ) : (
          <>
            {message.quote && <Quoted quote={message.quote} />}
            {page.value ? (
              <Html message={message} />
            ) : (
              <div class={folded.value ? "folded" : undefined}>
                {whole.value && message.whole_text ? (
                  <Words text={message.whole_text} language={ticket.language} />
                ) : message.rating ? (
                  <p>{t("How was our service?")}</p>
                ) : (
                  <Said message={message} language={ticket.language} />
                )}
              </div>
            )}
            {!page.value && !message.text.trim() && !message.attachments.length && !message.rich && (
              <p class="faint">{t("(no text)")}</p>
            )}
            <div class="message-more">
              {folded.value && (
                <button type="button" class="fold" aria-expanded="false" onClick={() => (folded.value = false)}>
                  {t("⋯ All of it")}
                </button>
              )}
              {message.whole_text !== null && message.whole_text !== message.text && !page.value && (
                <button
                  type="button"
                  class="fold"
                  aria-expanded={whole.value}
                  onClick={() => (whole.value = !whole.value)}
                >
                  {whole.value ? t("Fold the quoted text") : t("⋯ Quoted text")}
                </button>
              )}
              {message.html && (
                <button type="button" class="link" onClick={() => (page.value = !page.value)}>
                  {page.value ? t("As text") : t("As HTML")}
                </button>
              )}
              {message.original && details.value && (
                <a class="link" href={`/api/v1/messages/${message.id}/original`} download="">
                  <Icon name="download" />
                  {t("Original")}
                </a>
              )}
            </div>
            {details.value && <Fields message={message} />}
            {message.rich ? (
              <RichPart rich={message.rich} account={ticket.reply_account ?? ticket.account} choices={message.choices} />
            ) : (
              <Offered choices={message.choices} />
            )}
            <Files files={besides(message)} />
          </>
        )}
        {message.rating && <Rated rating={message.rating} />}
        <LetterMark message={message} />
        {message.kind === "customer" && desk.value?.answers && <Later part="Tried" message={message} ticket={ticket} />}
        <Suggested message={message} ticket={ticket} />
        {seen && (
          <p class="seen-mark" title={ticket.seen_at ? moment(ticket.seen_at) : undefined}>
            <Icon name="eye" />
            {t("Read by the customer")}
          </p>
        )}
      </div>
    </article>
  );
}
