/** In charge of the phone note: written while somebody is on the line, in ten seconds. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { composing } from "../../shared/dom";
import { at, fromInput, now, parts, toInput } from "../../shared/time";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Customer } from "../api/customers";
import { refresh } from "../store/list";
import { go, zoneShown } from "../store/place";
import { closeDialog, Dialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { Finder, Found } from "./lookup";

/** Times at which people are called back. */
function dues(): { label: string; when: Date }[] {
  const today = parts(new Date(now.value));
  return [
    { label: t("In 30 min"), when: new Date(now.value + 30 * 60_000) },
    { label: t("In 1 h"), when: new Date(now.value + 60 * 60_000) },
    { label: t("Tomorrow 10:00"), when: at(today.year, today.month, today.day + 1, 10) },
  ];
}

interface Props {
  number?: string;
  name?: string;
  direction?: "in" | "out";
}

export function PhoneDialog({ number: given = "", name: called = "", direction = "in" }: Props) {
  const number = useSignal(given);
  const name = useSignal(called);
  const text = useSignal("");
  const due = useSignal("");
  const found = useSignal<Customer[]>([]);
  const known = useSignal<Customer | null>(null);
  const wrong = useSignal("");
  const busy = useSignal(false);
  const key = useMemo(() => crypto.randomUUID(), []);
  const finder = useMemo(() => new Finder((customers) => (found.value = customers)), []);
  useEffect(() => finder.look(given), []);

  const pick = (customer: Customer) => {
    known.value = customer;
    found.value = [];
    name.value = customer.name;
    const phone = customer.contacts.find((contact) => contact.kind === "phone");
    if (phone && !number.value.trim()) number.value = phone.address;
  };

  const submit = async () => {
    if (busy.value) return;
    wrong.value = !number.value.trim() ? t("Which number called?") : !text.value.trim() ? t("What was it about?") : "";
    if (wrong.value) return;
    busy.value = true;
    try {
      const answer = await api.call(
        {
          number: number.value.trim(),
          name: name.value.trim(),
          text: text.value,
          direction,
          due_at: fromInput(due.value)?.toISOString() ?? null,
        },
        key,
      );
      const { ticket } = answer;
      closeDialog();
      toast({ words: t("The call is written down") });
      if (ticket) {
        go({ ticket });
        zoneShown.value = "thread";
      }
      void refresh();
    } catch (problem) {
      wrong.value =
        problem instanceof Refusal
          ? [problem.message, ...Object.values(problem.fields)].join(" ")
          : t("That did not work.");
    } finally {
      busy.value = false;
    }
  };

  return (
    <Dialog
      title={t("Phone note")}
      onSubmit={() => void submit()}
      foot={
        <>
          {wrong.value && (
            <p class="error" role="alert">
              {wrong.value}
            </p>
          )}
          <button type="submit" class="primary" disabled={busy.value}>
            {t("Write it down")}
          </button>
        </>
      }
    >
      <div
        onKeyDown={(event) => {
          if (!composing(event) && event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
            event.preventDefault();
            void submit();
          }
        }}
      >
        <div class="field-row">
          <label class="field">
            {t("Phone number")}
            <input
              data-first
              type="tel"
              autocomplete="off"
              value={number.value}
              onInput={(event) => {
                number.value = event.currentTarget.value;
                known.value = null;
                finder.look(number.value);
              }}
            />
          </label>
          <label class="field">
            {t("Name")}
            <input
              type="text"
              autocomplete="off"
              value={name.value}
              onInput={(event) => {
                name.value = event.currentTarget.value;
                if (!known.value) finder.look(name.value);
              }}
            />
          </label>
        </div>
        <Found customers={found.value} onPick={pick} />
        {known.value && <p class="faint">{t("Known customer: {name}", { name: known.value.name })}</p>}
        <label class="field">
          {t("What was it about?")}
          <textarea rows={5} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
        </label>
        <label class="field">
          {t("Call back by")}
          <input type="datetime-local" value={due.value} onInput={(event) => (due.value = event.currentTarget.value)} />
        </label>
        <div class="chips">
          {dues().map(({ label, when }) => (
            <button key={label} type="button" class="plain" onClick={() => (due.value = toInput(when))}>
              {label}
            </button>
          ))}
        </div>
      </div>
    </Dialog>
  );
}
