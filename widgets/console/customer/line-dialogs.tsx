/** In charge of the dialogs about a customer on LINE: the page that leads there, and whose a LINE contact is. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { copy, later } from "../../shared/dom";
import { t } from "../../shared/words";
import { api, type Way } from "../api/calls";
import { Refusal } from "../api/client";
import type { Contact, Customer } from "../api/customers";
import { compose } from "../composer/composer";
import { insert } from "../composer/insert";
import { desk, honoured } from "../store/desk";
import { reload, ticketOf } from "../store/threads";
import { closeDialog, Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toast";

/** The LINE accounts of the desk. */
export const lineAccounts = () => (desk.value?.accounts ?? []).filter((account) => account.kind === "line");

function failed(problem: unknown): void {
  toast({ words: problem instanceof Refusal ? problem.message : t("That did not work."), tone: "bad" });
}

interface WayProps {
  number: number;
  title: string;
  words: string;
  ask: (account: number, language: string) => Promise<Way>;
}

export function WayDialog({ number, title, words, ask }: WayProps) {
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

export function OwnerDialog({ contact, number }: { contact: Contact; number: number }) {
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
                {each.contacts.map((one) => (one.kind.startsWith("line") ? one.name || "LINE" : one.shown)).join(" · ")}
              </small>
            </span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
