/** In charge of writing on a ticket: a reply or a note, its people, files and draft, and the way it is sent. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { classes, composing, focusSoon } from "../../shared/dom";
import { t } from "../../shared/words";
import type { Message } from "../api/messages";
import type { Mode, Status, Thread } from "../api/tickets";
import { Later } from "../later/coming";
import { others, stoppedTyping, typed } from "../live/lookers";
import { agentName, desk, me } from "../store/desk";
import { Icon } from "../ui/icons";
import { FileChips } from "./chips";
import { Answers } from "./answers";
import { asksForArticle, pickArticle } from "./articles";
import { blank, draft, flushDrafts, modeOf, restore, write } from "./draft";
import { LimitsLine } from "./limits";
import { Detour, muteWords, Recipients } from "./recipients";
import { send, sending } from "./send";
import { Stickers } from "./stickers";
import { Attach, KEY, KeptMark, Mention, SendButtons } from "./tools";
import { takeDrops } from "./drops";
import { insert } from "./insert";
import { asksForMacro, Pending, pickMacro } from "./macros";
import { filesOf, Uploads } from "./uploads";

/** Put the cursor into the composer. */
export function compose(number: number, mode: Mode): void {
  modeOf(number).value = mode;
  focusSoon("#composer-text");
}

/** Answer this message and no other: its customer sees it above the answer. */
export function answer(message: Message): void {
  write(message.ticket, "reply", { answers: message.id });
  compose(message.ticket, "reply");
}

export function Composer({ thread }: { thread: Thread }) {
  const { ticket } = thread;
  const { number } = ticket;
  restore(thread);
  const mode = modeOf(number);
  const now = mode.value;
  const { writing, kept } = draft(number, now);
  const uploads = useMemo(
    () => ({ reply: new Uploads((file) => attach("reply", file)), note: new Uploads((file) => attach("note", file)) }),
    [number],
  );
  const field = useRef<HTMLTextAreaElement>(null);
  const dragging = useSignal(false);
  const problem = useSignal("");
  const open = useSignal(false);
  const loads = uploads[now];

  function attach(to: Mode, file: (typeof writing.value.attachments)[number]): void {
    write(number, to, { attachments: [...draft(number, to).writing.peek().attachments, file] });
  }

  useEffect(
    () => () => {
      stoppedTyping();
      flushDrafts();
    },
    [number],
  );
  useEffect(() => {
    problem.value = "";
    // A note is nobody's answer: the customer does not see that it is written.
    stoppedTyping();
  }, [now]);

  const mute = now === "reply" && ticket.reply_account === null && writing.value.account === null;
  const submit = (status: Status) => {
    problem.value = "";
    if (mute) problem.value = muteWords(thread);
    else if (loads.busy) problem.value = t("A file is still on its way. Please wait for it, or remove it.");
    else if (!writing.peek().text.trim() && !(now === "reply" && (writing.peek().attachments.length || writing.peek().rich)))
      problem.value = now === "reply" ? t("The reply is empty.") : t("The note is empty.");
    else if (now === "reply" && writing.peek().to?.length === 0) problem.value = t("Nobody to send it to.");
    else void send(thread, now, status, (words) => (problem.value = words));
    if (problem.peek()) field.current?.focus();
  };

  const after = () => (now === "reply" && writing.peek().actions?.status) || "waiting";

  /** Left without a choice, the two question marks were text after all. */
  const lookFor = (typing: HTMLTextAreaElement, data: string | null) => {
    const marks = typing.value.slice(typing.selectionStart - 2, typing.selectionStart);
    if (asksForArticle(typing, data)) pickArticle(number, (typed) => insert(number, now, `${marks}${typed}`));
  };

  const key = (event: KeyboardEvent) => {
    if (composing(event)) return;
    if (asksForMacro(event)) {
      event.preventDefault();
      event.stopPropagation();
      // Left without a choice, it was text after all.
      pickMacro(number, (typed) => insert(number, now, `/${typed}`));
      return;
    }
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && !event.altKey) {
      event.preventDefault();
      submit(event.shiftKey ? "done" : after());
    } else if (event.key === "Escape") {
      event.preventDefault();
      field.current?.blur();
      document.querySelector<HTMLElement>(".log")?.focus({ preventScroll: true });
    } else return;
    event.stopPropagation();
  };

  useEffect(
    () =>
      takeDrops({
        over: (near) => (dragging.value = near),
        drop: (files) => uploads[mode.peek()].add(files),
        busy: () => uploads.reply.busy || uploads.note.busy || sending.peek() === number,
      }),
    [number],
  );

  const busy = sending.value === number;
  const writers = others(number).filter((looker) => looker.typing);
  const { text, attachments } = writing.value;
  return (
    <section
      class={classes("composer", now, dragging.value && "dragging")}
      aria-label={now === "reply" ? t("Reply") : t("Internal note")}
      onKeyDown={key}
    >
      {writers.length > 0 && now === "reply" && (
        <div class="soft-lock" role="status">
          <Icon name="pen" />
          {t("{name} is writing a reply.", { name: writers.map((looker) => agentName(looker.id)).join("、") })}
        </div>
      )}
      <div class="composer-head">
        <div class="tabs" role="tablist" aria-label={t("Reply or note")}>
          <Tab mode="reply" now={now} number={number} words={t("Reply")} hint="R" />
          <Tab mode="note" now={now} number={number} words={t("Internal note")} hint="N" />
        </div>
        {now === "reply" ? (
          <Recipients thread={thread} open={open.value} onOpen={() => (open.value = !open.value)} />
        ) : (
          <span class="faint note-words">{t("Only colleagues see this.")}</span>
        )}
      </div>
      {mute && (
        <p class="mute" role="note">
          <Icon name="warn" />
          {muteWords(thread)}
        </p>
      )}
      {now === "reply" && <Detour thread={thread} />}
      {now === "reply" && (open.value || mute) && <Later part="Addresses" thread={thread} />}
      {now === "reply" && <Answers thread={thread} writing={writing.value} />}
      <textarea
        ref={field}
        id="composer-text"
        data-ticket={number}
        value={text}
        rows={4}
        disabled={busy}
        aria-label={now === "reply" ? t("Text of the reply") : t("Text of the note")}
        lang={ticket.language}
        placeholder={now === "reply" ? t("Write a reply…") : t("Write a note for colleagues…")}
        onInput={(event) => {
          write(number, now, { text: event.currentTarget.value });
          problem.value = "";
          if (now === "reply") typed();
          if (!event.isComposing) lookFor(event.currentTarget, event.data);
        }}
        onCompositionEnd={(event) => lookFor(event.currentTarget, event.data)}
        onPaste={(event) => {
          const files = filesOf(event.clipboardData);
          if (files.length) {
            event.preventDefault();
            loads.add(files);
          }
        }}
      />
      <FileChips
        attachments={attachments}
        uploads={loads}
        onDrop={(file) => write(number, now, { attachments: attachments.filter((other) => other.id !== file.id) })}
      />
      {now === "reply" && me.value?.signature && (
        <details class="signature">
          <summary>
            {t("Signature")}:{" "}
            {me.value.signature
              .trim()
              .split("\n")
              .find((line) => /[^\s\-_=*─━―—–~〜・]/.test(line))}
          </summary>
          <pre>{me.value.signature}</pre>
        </details>
      )}
      {now === "reply" && (writing.value.rich || writing.value.choices.length > 0) && (
        <Later part="Along" thread={thread} writing={writing.value} />
      )}
      {now === "reply" && <LimitsLine thread={thread} writing={writing.value} />}
      <Pending number={number} mode={now} />
      {problem.value && (
        <p class="error" role="alert">
          {problem.value}
        </p>
      )}
      <div class="composer-foot">
        <Attach uploads={loads} />
        <button
          type="button"
          class="icon"
          aria-label={t("Macros")}
          title={t("Macros (M, or / where a line begins)")}
          onClick={() => pickMacro(number)}
        >
          <Icon name="flash" />
        </button>
        {desk.value?.articles && (
          <button
            type="button"
            class="icon"
            aria-label={t("FAQ articles")}
            title={t("FAQ articles (Q, or ?? in the text)")}
            onClick={() => pickArticle(number)}
          >
            <Icon name="book" />
          </button>
        )}
        {now === "reply" && <Stickers thread={thread} writing={writing.value} />}
        {now === "note" && (
          <Mention
            onPick={(name) => {
              write(number, now, {
                text: `${writing.peek().text}${/(^|\s)$/.test(writing.peek().text) ? "" : " "}@${name} `,
              });
              field.current?.focus();
            }}
          />
        )}
        <KeptMark kept={kept.value} />
        <span class="gap" />
        {now === "reply" ? (
          <SendButtons busy={busy} off={loads.busy || mute} first={after()} empty={blank(writing.value)} onSend={submit} />
        ) : (
          <button
            type="button"
            class="primary note-button"
            disabled={busy || loads.busy}
            title={KEY}
            onClick={() => submit("waiting")}
          >
            <Icon name="note" />
            {t("Keep the note")}
          </button>
        )}
      </div>
    </section>
  );
}

function Tab({
  mode,
  now,
  number,
  words,
  hint,
}: {
  mode: Mode;
  now: Mode;
  number: number;
  words: string;
  hint: string;
}) {
  const written = draft(number, mode).kept.value !== "empty";
  return (
    <button
      type="button"
      role="tab"
      aria-selected={mode === now}
      class={classes("tab", mode)}
      title={`${words} (${hint})`}
      onClick={() => compose(number, mode)}
    >
      <Icon name={mode} />
      {words}
      {written && mode !== now && <i class="dot" role="img" aria-label={t("Draft")} />}
    </button>
  );
}
