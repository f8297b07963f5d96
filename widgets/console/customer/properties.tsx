/** In charge of what is kept of a ticket beside its messages: team, due time, account, and the shop's own fields. */
import { fromInput, moment, toInput } from "../../shared/time";
import { t } from "../../shared/words";
import type { CustomField } from "../api/desk";
import type { FieldValue, Ticket } from "../api/tickets";
import { accountOf, desk, fieldLabel, writes } from "../store/desk";
import { edit } from "../store/edits";
import { TeamPick } from "../ui/picks";

export function Properties({ ticket }: { ticket: Ticket }) {
  const off = !writes.value;
  const account = accountOf(ticket.account);
  return (
    <dl class="properties">
      <dt>{t("Team")}</dt>
      <dd>
        <TeamPick numbers={() => [ticket.number]} value={ticket.team} disabled={off} />
      </dd>
      <dt>{t("Due")}</dt>
      <dd>
        <input
          type="datetime-local"
          disabled={off}
          aria-label={t("Due")}
          value={ticket.due_at ? toInput(new Date(ticket.due_at)) : ""}
          onChange={(event) =>
            void edit(ticket.number, { due_at: fromInput(event.currentTarget.value)?.toISOString() ?? null })
          }
        />
      </dd>
      {(desk.value?.custom_fields ?? []).map((field) => (
        <FieldLine
          key={field.name}
          field={field}
          value={ticket.fields[field.name] ?? null}
          off={off}
          onChange={(value) => void edit(ticket.number, { fields: { [field.name]: value } })}
        />
      ))}
      <dt>{t("Received at")}</dt>
      <dd>{account ? account.name || account.address : "–"}</dd>
      <dt>{t("Created")}</dt>
      <dd>{moment(ticket.created_at)}</dd>
    </dl>
  );
}

interface LineProps {
  field: CustomField;
  value: FieldValue;
  off: boolean;
  onChange: (value: FieldValue) => void;
}

function FieldLine({ field, value, off, onChange }: LineProps) {
  const label = fieldLabel(field);
  const common = { disabled: off, "aria-label": label };
  const text = value === null ? "" : String(value);
  return (
    <>
      <dt>{label}</dt>
      <dd>
        {field.kind === "boolean" ? (
          <input
            type="checkbox"
            {...common}
            checked={value === true}
            onChange={(event) => onChange(event.currentTarget.checked)}
          />
        ) : field.kind === "choice" ? (
          <select {...common} value={text} onChange={(event) => onChange(event.currentTarget.value || null)}>
            <option value="">–</option>
            {field.choices.map((choice) => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
          </select>
        ) : field.kind === "number" ? (
          <input
            type="number"
            {...common}
            value={text}
            onChange={(event) => onChange(event.currentTarget.value === "" ? null : event.currentTarget.valueAsNumber)}
          />
        ) : field.kind === "date" ? (
          <input
            type="date"
            {...common}
            value={text}
            onChange={(event) => onChange(event.currentTarget.value || null)}
          />
        ) : (
          <input
            type="text"
            {...common}
            value={text}
            onChange={(event) => onChange(event.currentTarget.value || null)}
          />
        )}
      </dd>
    </>
  );
}
