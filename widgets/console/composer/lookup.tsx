/** In charge of finding a customer while somebody types a name, an address or a number. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { later } from "../../shared/dom";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Customer } from "../api/customers";
import { honoured } from "../store/desk";
import { Face } from "../ui/marks";

/** A phone number as it is kept: digits alone, without the zero that the country's code replaces. */
function asKept(text: string): string {
  const digits = text.normalize("NFKC").replace(/[\s\-()‐-―ー]/g, "");
  return /^\+?\d{6,}$/.test(digits) ? digits.replace(/^(\+|0)/, "") : text;
}

/** Asks for customers soon after the last key; answers of older questions are dropped. */
export class Finder {
  private asked: AbortController | null = null;
  private text = "";
  private readonly soon = later(150, () => void this.ask());

  constructor(private readonly show: (found: Customer[]) => void) {}

  look(text: string): void {
    this.text = asKept(text.trim());
    this.soon.call();
  }

  private async ask(): Promise<void> {
    this.asked?.abort();
    if (this.text.length < 2) {
      this.show([]);
      return;
    }
    const mine = (this.asked = new AbortController());
    try {
      const found = await api.customers(this.text, mine.signal);
      if (this.asked === mine) this.show(found);
    } catch {
      // The next key asks again.
    }
  }
}

export function Found({ customers, onPick }: { customers: readonly Customer[]; onPick: (customer: Customer) => void }) {
  if (!customers.length) return null;
  return (
    <ul class="found" aria-label={t("Customers found")}>
      {customers.slice(0, 5).map((customer) => (
        <li key={customer.id}>
          <button type="button" onClick={() => onPick(customer)}>
            <Face name={customer.name} seed={customer.id} />
            <span class="choice-words">
              <b>{honoured(customer.name)}</b>
              <small>
                {customer.contacts
                  .map((contact) => contact.address)
                  .slice(0, 3)
                  .join(" · ")}
              </small>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function CustomerLookup({ label, onPick }: { label: string; onPick: (customer: Customer) => void }) {
  const found = useSignal<Customer[]>([]);
  const typed = useSignal("");
  const finder = useMemo(() => new Finder((customers) => (found.value = customers)), []);
  return (
    <div class="lookup">
      <label class="field">
        {label}
        <input
          type="search"
          autocomplete="off"
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            finder.look(typed.value);
          }}
        />
      </label>
      <Found
        customers={found.value}
        onPick={(customer) => {
          onPick(customer);
          found.value = [];
          typed.value = "";
        }}
      />
    </div>
  );
}
