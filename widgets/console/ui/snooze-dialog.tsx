/** In charge of putting tickets to sleep until a time that is typed. */
import { fromInput, toInput } from "../../shared/time";
import { t } from "../../shared/words";
import { closeDialog, Dialog } from "./dialog";
import { change } from "./picks";

export function SnoozeDialog({ numbers }: { numbers: number[] }) {
  const first = toInput(new Date(Date.now() + 86_400_000));
  const submit = () => {
    const input = document.querySelector<HTMLInputElement>("#snooze-until");
    const when = fromInput(input?.value ?? "");
    if (!when || when.getTime() < Date.now()) {
      input?.setCustomValidity(t("Choose a time to come."));
      input?.reportValidity();
      return;
    }
    change(numbers, { snoozed_until: when.toISOString() });
    closeDialog();
  };
  return (
    <Dialog
      title={t("Snooze until")}
      onSubmit={submit}
      foot={
        <button type="submit" class="primary">
          {t("Snooze")}
        </button>
      }
    >
      <label class="field">
        {t("Date and time")}
        <input
          id="snooze-until"
          data-first
          type="datetime-local"
          defaultValue={first}
          onInput={(event) => event.currentTarget.setCustomValidity("")}
        />
      </label>
    </Dialog>
  );
}
