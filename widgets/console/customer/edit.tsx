/** In charge of changing a customer, first of all their name, reading and company. */
import type { ComponentChildren } from "preact";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Customer } from "../api/customers";
import { reload } from "../store/threads";
import { toast } from "../ui/toast";

/** Change a customer; what the desk refuses is said. */
export async function change(number: number, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (problem) {
    toast({
      words:
        problem instanceof Refusal && problem.status === 409
          ? t("Somebody else changed this customer meanwhile. Please look again.")
          : problem instanceof Error
            ? problem.message
            : t("That did not work."),
      tone: "bad",
    });
  }
  void reload(number);
}

export function EditPerson({ customer, number, done }: { customer: Customer; number: number; done: () => void }) {
  const field = (name: "name" | "kana" | "company", label: string): ComponentChildren => (
    <label class="field">
      {label}
      <input type="text" name={name} defaultValue={customer[name]} />
    </label>
  );
  return (
    <form
      class="edit-person"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget);
        const value = (name: string) => String(typed.get(name) ?? "").trim();
        done();
        void change(number, () =>
          api.editCustomer(
            customer.id,
            { name: value("name"), kana: value("kana"), company: value("company") },
            customer.version,
          ),
        );
      }}
    >
      {field("name", t("Name"))}
      {field("kana", t("Kana"))}
      {field("company", t("Company"))}
      <div class="pane-actions">
        <button type="submit" class="primary">
          {t("Save")}
        </button>
        <button type="button" class="plain" onClick={done}>
          {t("Cancel")}
        </button>
      </div>
    </form>
  );
}
