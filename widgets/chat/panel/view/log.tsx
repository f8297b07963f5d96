/** In charge of the conversation as one log: days, bubbles, what waits, who types, and staying at its end. */
import type { VNode } from "preact";
import { language, t } from "../../../shared/words";
import { discard, retry } from "../outbox";
import { inLocale, page } from "../page";
import type { Agent, Message } from "../protocol";
import * as state from "../state";
import { lookBack } from "../talk";
import { clock, day } from "../when";
import type { Rated } from "../../later/kit";
import { Later } from "../later";
import { Away } from "./away";
import { Files, Going } from "./files";
import { Words } from "./text";

let log: HTMLElement | null = null;
let height = 0;
let top = 0;
let atEnd = true;

/** After each painting: whoever was at the end stays there, whoever reads further up keeps their place. */
export function settle(): void {
  if (!log) return;
  if (atEnd) log.scrollTop = log.scrollHeight;
  else if (log.scrollTop < 1 && log.scrollHeight > height) log.scrollTop += log.scrollHeight - height;
  height = log.scrollHeight;
}

export function toEnd(): void {
  atEnd = true;
  settle();
}

export function Face({ agent }: { agent: Agent | null | undefined }) {
  const name = agent?.name || "";
  return agent?.picture ? <img class="face" src={agent.picture} alt="" /> : <span class="face" aria-hidden="true">{[...name][0] ?? "…"}</span>;
}

function Bubble({ message, first, mark }: { message: Message; first: boolean; mark: string }) {
  const mine = message.from === "visitor";
  const who = mine ? t("You") : message.agent?.name || inLocale(page.title, language.value);
  return (
    <div class={`bubble ${mine ? "mine" : "theirs"}${first ? " first" : ""}`}>
      {!mine && first && <Face agent={message.agent ?? { name: who, picture: null }} />}
      <span class={first && !mine ? "who" : "unseen"}>{who}</span>
      {message.withdrawn ? <p class="words gone">{t("This message was withdrawn.")}</p> : (
        <>
          {message.text && <Words text={message.text} />}
          <Files files={message.files} />
        </>
      )}
      <span class="at">{mark && `${mark} · `}{message.by_mail && `${t("by mail")} · `}<time dateTime={message.at}>{clock(message.at)}</time></span>
    </div>
  );
}

function Waiting({ item }: { item: state.Pending }) {
  return (
    <div class="bubble mine waiting">
      <span class="unseen">{t("You")}</span>
      {item.file ? <Going item={item} /> : <Words text={item.text} />}
      {item.refused === undefined ? <span class="at">{t("Waiting to be sent")}</span> : (
        <span class="at bad">
          {item.refused}{" "}
          <button type="button" onClick={() => retry(item.id)}>{t("Try again")}</button>
          <button type="button" onClick={() => discard(item.id)}>{t("Discard")}</button>
        </span>
      )}
    </div>
  );
}

/** What happened, in the language of whoever reads it now. */
function said({ what, name }: NonNullable<Message["line"]>): string {
  return what === "joined" ? t("{name} has joined", { name }) : what === "handed" ? t("A colleague will be with you shortly") : what === "left" ? t("You ended the chat") : t("The chat has ended");
}

/** Messages, and what happened between them, under bars of days. */
function entries(): VNode[] {
  const found: VNode[] = [];
  let before: Message | undefined;
  let lastDay = "";
  const bar = (at: string) => {
    const now = day(at);
    if (now !== lastDay) found.push(<p class="day" key={`day ${at}`}>{now}</p>);
    lastDay = now;
  };
  const mine = state.messages.value.filter((each) => each.from === "visitor");
  const lastRead = mine.findLast((each) => each.seq <= state.read.value);
  for (const message of state.messages.value) {
    bar(message.at);
    if (message.line) found.push(<p class="aside" key={message.seq}>{said(message.line)}</p>);
    else if (message.rating) found.push(<Later part="Rating" key={message.seq} message={message as Rated} />);
    else if (message.from === "desk" && !message.spoken) found.push(<div class="aside" key={message.seq}><Words text={message.text} /><Files files={message.files} /></div>);
    else {
      const first = before?.from !== message.from || before.agent?.name !== message.agent?.name;
      const mark = message === lastRead ? t("Read") : message === mine.at(-1) ? t("Sent") : "";
      found.push(<Bubble key={message.seq} message={message} first={first} mark={mark} />);
    }
    before = message;
  }
  return found;
}

export function Log() {
  const { pending, typist, earlier, conversation } = state;
  const greeting = inLocale(page.greeting, language.value) || t("Hello. How can we help you?");
  const last = state.messages.value.findLast((each) => !each.line);
  const here = pending.value.filter((each) => !each.conversation || each.conversation === conversation.value);
  return (
    <div
      class="log" role="log" tabIndex={0} aria-label={t("Conversation")}
      ref={(element) => void (log = element)}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        // Only who scrolls up leaves the end; what grew in the meantime does not.
        atEnd = scrollHeight - clientHeight - scrollTop < 60 || (atEnd && scrollTop >= top);
        top = scrollTop;
      }}
      onLoadCapture={settle}
    >
      {earlier.value ? <button type="button" class="quiet" onClick={() => void lookBack().catch(() => undefined)}>{t("Earlier messages")}</button>
        : <div class="bubble theirs first"><Face agent={{ name: inLocale(page.title, language.value), picture: null }} /><Words text={greeting} /></div>}
      {entries()}
      {!here.length && last?.choices && <Later part="Choices" key="choices" message={last} />}
      {here.map((item) => <Waiting key={item.id} item={item} />)}
      {typist.value && (
        <div class="bubble theirs typing" key="typing"><span class="unseen">{t("{name} is typing", { name: typist.value.name })}</span><i /><i /><i /></div>
      )}
      <Away />
    </div>
  );
}
