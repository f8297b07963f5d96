/** In charge of To and Cc: addresses as chips, added by Enter, comma or leaving the field, never while composing. */
import { useSignal } from "@preact/signals";
import { classes, composing } from "../../shared/dom";
import { t } from "../../shared/words";
import type { Party } from "../api/messages";

const ONE = /^(?:"?([^"<]*?)"?\s*<([^<>\s]+@[^<>\s]+)>|([^<>\s,;]+@[^<>\s,;]+))$/;

/** The people that a typed line names; null when something in it is no address. */
export function people(line: string): Party[] | null {
  const found: Party[] = [];
  for (const part of line
    .normalize("NFKC")
    .split(/[,;、\n]+/)
    .map((each) => each.trim())
    .filter(Boolean)) {
    const match = ONE.exec(part);
    if (!match) return null;
    found.push({ name: match[1]?.trim() ?? "", address: match[2] ?? match[3] ?? "" });
  }
  return found;
}

interface Props {
  label: string;
  chosen: readonly Party[];
  onChange: (chosen: Party[]) => void;
  first?: boolean;
  plain?: boolean;
}

export function People({ label, chosen, onChange, first, plain }: Props) {
  const wrong = useSignal(false);
  const take = (field: HTMLInputElement): boolean => {
    if (!field.value.trim()) return true;
    const found = plain ? [{ name: "", address: field.value.trim() }] : people(field.value);
    wrong.value = found === null;
    if (!found) return false;
    onChange([...chosen, ...found.filter((party) => !chosen.some((other) => other.address === party.address))]);
    field.value = "";
    return true;
  };
  return (
    <div class={classes("people", wrong.value && "wrong")}>
      <span class="people-label" id={`people-${label}`}>
        {label}
      </span>
      {chosen.map((party) => (
        <span key={party.address} class="chip" title={party.address}>
          {party.name || party.address}
          <button
            type="button"
            class="bare"
            aria-label={t("Remove {name}", { name: party.address })}
            onClick={() => onChange(chosen.filter((other) => other !== party))}
          >
            ×
          </button>
        </span>
      ))}
      <input
        type="text"
        inputmode="email"
        autocomplete="off"
        data-first={first || undefined}
        aria-labelledby={`people-${label}`}
        aria-invalid={wrong.value}
        onInput={() => (wrong.value = false)}
        onBlur={(event) => take(event.currentTarget)}
        onKeyDown={(event) => {
          if (composing(event)) return;
          const field = event.currentTarget;
          if ((event.key === "Enter" && !event.metaKey && !event.ctrlKey && field.value.trim()) || event.key === ",") {
            event.preventDefault();
            take(field);
          } else if (event.key === "Backspace" && !field.value && chosen.length) onChange(chosen.slice(0, -1));
        }}
      />
      {wrong.value && (
        <small class="error" role="alert">
          {t("That is not a mail address.")}
        </small>
      )}
    </div>
  );
}
