/** In charge of a customer on LINE: who they show themselves to be, the way to LINE, and whose a LINE contact is. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { copy, later } from "../../shared/dom";
import { language, t } from "../../shared/words";
import { api, type Way } from "../api/calls";
import { Refusal } from "../api/client";
import type { Contact, Customer } from "../api/types";
import { insert } from "../composer/macros";
import { compose } from "../composer/composer";
import { desk, honoured, writes } from "../store/desk";
import { reload, ticketOf } from "../store/threads";
import { closeDialog, Dialog, showDialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toast";

const lineAccounts = () => (desk.value?.accounts ?? []).filter((account) => account.kind === "line");

function languageName(code: string): string {
  return new Intl.DisplayNames([language.value], { type: "language" }).of(code) ?? code;
}

function failed(problem: unknown): void {
  toast({ words: problem instanceof Refusal ? problem.message : t("That did not work."), tone: "bad" });
}

interface Of {
  contact: Contact;
  customer: Customer;
  number: number;
}

/** What LINE tells of somebody, instead of an id that tells nothing. */
export function LineContact({ contact, customer, number }: Of) {
  const copied = async () => {
    if (await copy(contact.address)) toast({ words: t("Copied: {text}", { text: contact.address }) });
  };
  return (
    <div class="line-contact">
      {contact.picture ? <img class="face" src={contact.picture} alt="" /> : null}
      <div>
        <button type="button" class="bare address" title={`${contact.address} · ${t("Copy")}`} onClick={() => void copied()}>
          {contact.name || t("Somebody on LINE")}
        </button>
        {contact.language && <span class="badge">{languageName(contact.language)}</span>}
        {contact.status_message && <q title={t("Status message")}>{contact.status_message}</q>}
        {writes.value && contact.kind === "line" && <Whose contact={contact} customer={customer} number={number} />}
      </div>
    </div>
  );
}

function Whose({ contact, customer, number }: Of) {
  const nobody = customer.contacts.every((each) => each.kind.startsWith("line"));
  return (
    <span class="pane-actions">
      {nobody && contact.reachable && lineAccounts().length > 0 && (
        <button
          type="button"
          class="link"
          onClick={() =>
            showDialog(
              <WayDialog
                number={number}
                ask={(account, language) => api.linkPage(contact.id, account, language)}
                title={t("Ask who they are")}
                words={t("On this page they sign in to the shop, or show that a mail address is theirs. It is theirs alone.")}
              />,
            )
          }
        >
          {t("Ask who they are")}
        </button>
      )}
      <button type="button" class="link" onClick={() => showDialog(<OwnerDialog contact={contact} number={number} />)}>
        {t("This LINE contact is…")}
      </button>
    </span>
  );
}

/** The way to LINE for a customer who is not there yet. */
export function ContinueOnLine({ customer, number }: { customer: Customer; number: number }) {
  const there = customer.contacts.some((contact) => contact.kind === "line" && contact.reachable);
  if (there || !lineAccounts().length) return null;
  const open = () =>
    showDialog(
      <WayDialog
        number={number}
        ask={(account, language) => api.invite(customer.id, account, language)}
        title={t("Continue on LINE")}
        words={t("The page opens the chat with a code already written. Once it is sent, the desk knows who they are there. It works once, for a week.")}
      />,
    );
  return (
    <button type="button" class="link" onClick={open}>
      {t("Continue on LINE")}
    </button>
  );
}

interface WayProps {
  number: number;
  title: string;
  words: string;
  ask: (account: number, language: string) => Promise<Way>;
}

function WayDialog({ number, title, words, ask }: WayProps) {
  const accounts = lineAccounts();
  const own = ticketOf(number)?.account;
  const account = useSignal((accounts.find((each) => each.id === own) ?? accounts[0])?.id ?? 0);
  const way = useSignal<Way | null>(null);
  useEffect(() => {
    way.value = null;
    ask(account.value, ticketOf(number)?.language ?? "ja").then((told) => (way.value = told), failed);
  }, [account.value]);
  const put = () => {
    const told = way.peek();
    if (!told) return;
    closeDialog(() => {
      compose(number, "reply");
      insert(number, "reply", told.words);
    });
  };
  return (
    <Dialog
      title={title}
      onSubmit={put}
      foot={
        <>
          <button
            type="button"
            class="plain"
            disabled={!way.value}
            onClick={() => {
              const { url = "" } = way.peek() ?? {};
              void copy(url).then((done) => done && toast({ words: t("Copied: {text}", { text: url }) }));
            }}
          >
            {t("Copy")}
          </button>
          <button type="submit" class="primary" disabled={!way.value} data-first>
            <Icon name="reply" />
            {t("Put it into the reply")}
          </button>
        </>
      }
    >
      {accounts.length > 1 && (
        <label class="field">
          {t("LINE account")}
          <select value={account.value} onChange={(event) => (account.value = Number(event.currentTarget.value))}>
            {accounts.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name} {each.address}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="line-way">
        {way.value ? <img class="qr" src={way.value.qr} alt={t("QR code of the page")} /> : <span class="qr" />}
        <div>
          <p>{words}</p>
          {way.value?.code && (
            <p>
              {t("Code")}: <code>{way.value.code}</code>
            </p>
          )}
          <p class="faint url">{way.value?.url}</p>
        </div>
      </div>
    </Dialog>
  );
}

function OwnerDialog({ contact, number }: { contact: Contact; number: number }) {
  const found = useSignal<readonly Customer[]>([]);
  const own = ticketOf(number)?.customer.id;
  const search = later(200, () => {
    const words = document.querySelector<HTMLInputElement>("#owner-search")?.value.trim() ?? "";
    api.customers(words).then((all) => (found.value = all.filter((each) => each.id !== own)), failed);
  });
  const give = async (customer: Customer) => {
    try {
      await api.giveContact(contact.id, customer.id);
      closeDialog();
      toast({ words: t("{name} on LINE is {other} now", { name: contact.name, other: honoured(customer.name) }) });
    } catch (problem) {
      failed(problem);
    }
    void reload(number);
  };
  return (
    <Dialog title={t("This LINE contact is…")} wide>
      <p class="faint">{t("The contact and the tickets that it wrote become that customer's.")}</p>
      <input
        id="owner-search"
        data-first
        type="search"
        class="wide-input"
        autocomplete="off"
        placeholder={t("Name, reading, phone, mail or order number")}
        aria-label={t("Search")}
        onInput={() => search.call()}
      />
      <div class="choices">
        {found.value.map((each) => (
          <button key={each.id} type="button" class="choice" onClick={() => void give(each)}>
            <span class="choice-words">
              <b>{honoured(each.name)}</b>
              <small>
                {each.contacts.map((one) => (one.kind.startsWith("line") ? one.name || "LINE" : one.address)).join(" · ")}
              </small>
            </span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
