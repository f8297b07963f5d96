/** In charge of writing on a ticket: a reply or a note, its people, files and draft, and the way it is sent. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { classes, composing, mac } from "../../shared/dom";
import { t } from "../../shared/words";
import type { Mode, Status, Thread } from "../api/types";
import { others, stoppedTyping, typed } from "../live/lookers";
import { agentName, desk, me, statusName } from "../store/desk";
import { Icon } from "../ui/icons";
import { Menu, type Option } from "../ui/menu";
import { FileChips } from "./chips";
import { blank, draft, flushDrafts, type Kept, modeOf, restore, write } from "./draft";
import { People } from "./people";
import { send, sending } from "./send";
import { filesOf, Uploads } from "./uploads";

/** Put the cursor into the composer. */
export function compose(number: number, mode: Mode): void {
  modeOf(number).value = mode;
  requestAnimationFrame(() => document.querySelector<HTMLTextAreaElement>("#composer-text")?.focus());
}

const AFTER: readonly Status[] = ["waiting", "done", "active"];
const KEY = mac ? "⌘↵" : "Ctrl+Enter";

export function Composer({ thread }: { thread: Thread }) {
  const { ticket } = thread;
  const { number } = ticket;
  restore(thread);
  const mode = modeOf(number);
  const now = mode.value;
  const { writing, kept } = draft(number, now);
  const uploads = useMemo(() => ({ reply: new Uploads((file) => attach("reply", file)), note: new Uploads((file) => attach("note", file)) }), [number]);
  const field = useRef<HTMLTextAreaElement>(null);
  const dragging = useSignal(false);
  const problem = useSignal("");
  const open = useSignal(false);
  const loads = uploads[now];

  function attach(to: Mode, file: (typeof writing.value.attachments)[number]): void {
    write(number, to, { attachments: [...draft(number, to).writing.peek().attachments, file] });
  }

  useEffect(() => () => { stoppedTyping(); flushDrafts(); }, [number]);
  useEffect(() => { problem.value = ""; }, [now]);

  const mute = now === "reply" && ticket.reply_account === null && writing.value.account === null;
  const submit = (status: Status) => {
    problem.value = "";
    if (mute) problem.value = t("No account reaches this customer from here. Choose another sender and address above, or write a note.");
    else if (loads.busy) problem.value = t("A file is still on its way. Please wait for it, or remove it.");
    else if (!writing.peek().text.trim() && !(now === "reply" && writing.peek().attachments.length)) problem.value = now === "reply" ? t("The reply is empty.") : t("The note is empty.");
    else if (now === "reply" && writing.peek().to?.length === 0) problem.value = t("Nobody to send it to.");
    else void send(thread, now, status, (words) => (problem.value = words));
    if (problem.peek()) field.current?.focus();
  };

  const key = (event: KeyboardEvent) => {
    if (composing(event)) return;
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && !event.altKey) {
      event.preventDefault();
      submit(event.shiftKey ? "done" : "waiting");
    } else if (event.key === "Escape") {
      event.preventDefault();
      field.current?.blur();
      document.querySelector<HTMLElement>(".log")?.focus({ preventScroll: true });
    } else return;
    event.stopPropagation();
  };

  const busy = sending.value === number;
  const writers = others(number).filter((looker) => looker.typing);
  const { text, attachments } = writing.value;
  return (
    <section class={classes("composer", now, dragging.value && "dragging")} aria-label={now === "reply" ? t("Reply") : t("Internal note")} onKeyDown={key}
      onDragOver={(event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); dragging.value = true; } }}
      onDragLeave={(event) => { if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) dragging.value = false; }}
      onDrop={(event) => { dragging.value = false; const files = filesOf(event.dataTransfer); if (files.length) { event.preventDefault(); loads.add(files); } }}>
      {writers.length > 0 && now === "reply" && <div class="soft-lock" role="status"><Icon name="pen" />{t("{name} is writing a reply.", { name: writers.map((looker) => agentName(looker.id)).join("、") })}</div>}
      <div class="composer-head">
        <div class="tabs" role="tablist" aria-label={t("Reply or note")}>
          <Tab mode="reply" now={now} number={number} words={t("Reply")} hint="R" />
          <Tab mode="note" now={now} number={number} words={t("Internal note")} hint="N" />
        </div>
        {now === "reply" ? <Recipients thread={thread} open={open.value} onOpen={() => (open.value = !open.value)} /> : <span class="faint note-words">{t("Only colleagues see this.")}</span>}
      </div>
      {mute && <p class="mute" role="note"><Icon name="warn" />{t("No account reaches this customer from here. Choose another sender and address above, or write a note.")}</p>}
      {now === "reply" && (open.value || mute) && <Addresses thread={thread} />}
      <textarea ref={field} id="composer-text" value={text} rows={4} disabled={busy} aria-label={now === "reply" ? t("Text of the reply") : t("Text of the note")} lang={ticket.language}
        placeholder={now === "reply" ? t("Write a reply…") : t("Write a note for colleagues…")}
        onInput={(event) => { write(number, now, { text: event.currentTarget.value }); problem.value = ""; if (now === "reply") typed(); }}
        onPaste={(event) => { const files = filesOf(event.clipboardData); if (files.length) { event.preventDefault(); loads.add(files); } }} />
      <FileChips attachments={attachments} uploads={loads} onDrop={(file) => write(number, now, { attachments: attachments.filter((other) => other.id !== file.id) })} />
      {now === "reply" && me.value?.signature && <details class="signature"><summary>{t("Signature")}: {me.value.signature.trim().split("\n").find((line) => /[^\s\-_=*─━―—–~〜・]/.test(line))}</summary><pre>{me.value.signature}</pre></details>}
      {problem.value && <p class="error" role="alert">{problem.value}</p>}
      <div class="composer-foot">
        <Attach uploads={loads} />
        {now === "note" && <Mention onPick={(name) => { write(number, now, { text: `${writing.peek().text}${/(^|\s)$/.test(writing.peek().text) ? "" : " "}@${name} ` }); field.current?.focus(); }} />}
        <KeptMark kept={kept.value} />
        <span class="gap" />
        {now === "reply" ? <SendButtons busy={busy} off={loads.busy || mute} empty={blank(writing.value)} onSend={submit} /> : (
          <button type="button" class="primary note-button" disabled={busy || loads.busy} title={KEY} onClick={() => submit("waiting")}><Icon name="note" />{t("Keep the note")}</button>
        )}
      </div>
    </section>
  );
}

function Tab({ mode, now, number, words, hint }: { mode: Mode; now: Mode; number: number; words: string; hint: string }) {
  const written = draft(number, mode).kept.value !== "empty";
  return (
    <button type="button" role="tab" aria-selected={mode === now} class={classes("tab", mode)} title={`${words} (${hint})`} onClick={() => compose(number, mode)}>
      <Icon name={mode} />{words}{written && mode !== now && <i class="dot" role="img" aria-label={t("Draft")} />}
    </button>
  );
}

function Recipients({ thread, open, onOpen }: { thread: Thread; open: boolean; onOpen: () => void }) {
  const { ticket } = thread;
  const { writing } = draft(ticket.number, "reply");
  const to = writing.value.to ?? ticket.reply_to;
  const cc = writing.value.cc ?? ticket.reply_cc;
  const words = to.map((party) => party.name || party.address).join("、");
  return (
    <button type="button" class="recipients" aria-expanded={open} onClick={onOpen} title={to.map((party) => party.address).join(", ")}>
      <span class="faint">{t("To")}:</span> {words || t("nobody")}{cc.length > 0 && <span class="faint"> · Cc {cc.length}</span>}<Icon name="down" />
    </button>
  );
}

function Addresses({ thread }: { thread: Thread }) {
  const { ticket } = thread;
  const { number } = ticket;
  const { writing } = draft(number, "reply");
  const from = (desk.value?.accounts ?? []).filter((account) => account.can_send);
  const account = writing.value.account ?? ticket.reply_account;
  return (
    <div class="addresses">
      <People label={t("To")} chosen={writing.value.to ?? ticket.reply_to} onChange={(to) => write(number, "reply", { to })} />
      <People label={t("Cc")} chosen={writing.value.cc ?? ticket.reply_cc} onChange={(cc) => write(number, "reply", { cc })} />
      {(from.length > 1 || account === null) && (
        <label class="people"><span class="people-label">{t("From")}</span>
          <select value={String(account ?? "")} onChange={(event) => write(number, "reply", { account: Number(event.currentTarget.value) })}>
            {account === null && <option value="" disabled>–</option>}
            {from.map((each) => <option key={each.id} value={String(each.id)}>{each.name} {each.address && `<${each.address}>`}</option>)}
          </select>
        </label>
      )}
    </div>
  );
}

export function Attach({ uploads }: { uploads: Uploads }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="icon" aria-label={t("Attach files")} title={t("Attach files: also by paste or by dragging them here")} onClick={() => field.current?.click()}><Icon name="clip" /></button>
      <input ref={field} type="file" multiple hidden onChange={(event) => { uploads.add([...(event.currentTarget.files ?? [])]); event.currentTarget.value = ""; }} />
    </>
  );
}

function Mention({ onPick }: { onPick: (name: string) => void }) {
  const options = (): Option[] => (desk.value?.agents ?? []).filter((agent) => agent.active && agent.id !== me.value?.id).map((agent) => ({ key: String(agent.id), words: agent.name, label: agent.name, pick: () => onPick(agent.name) }));
  return <Menu name="mention" label={t("Call a colleague")} class="icon" filtered options={options} face={<Icon name="at" />} />;
}

function KeptMark({ kept }: { kept: Kept }) {
  const words = kept === "saved" ? t("Draft saved") : kept === "failed" ? t("Draft not saved yet: it will be tried again") : kept === "dirty" ? t("Saving the draft…") : "";
  return <span class={`kept kept-${kept}`} aria-live="off">{words}</span>;
}

function SendButtons({ busy, off, empty, onSend }: { busy: boolean; off: boolean; empty: boolean; onSend: (status: Status) => void }) {
  const first: Status = "waiting";
  const options = (): Option[] => AFTER.map((status) => ({
    key: status, words: statusName(status), label: t("Send, then {status}", { status: statusName(status) }), ...(status === "waiting" ? { hint: KEY } : status === "done" ? { hint: mac ? "⌘⇧↵" : "Ctrl+⇧+Enter" } : {}), pick: () => onSend(status),
  }));
  return (
    <span class="send">
      <button type="button" class="primary" disabled={busy || off} aria-disabled={empty} title={KEY} onClick={() => onSend(first)}><Icon name="reply" />{busy ? t("Sending…") : t("Send, then {status}", { status: statusName(first) })}</button>
      <Menu name="send" label={t("Send and choose the status")} class="primary split-half" disabled={busy || off} options={options} face={<Icon name="down" />} />
    </span>
  );
}
