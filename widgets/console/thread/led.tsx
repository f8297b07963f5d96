/** In charge of the bar that says which flow leads the customer, and of taking over from it. */
import { t } from "../../shared/words";
import type { Ticket } from "../api/tickets";
import { writes } from "../store/desk";
import { accept } from "./chat";
import { Hint } from "./hints";

export function Led({ flow, ticket }: { flow: string; ticket: Ticket }) {
  return (
    <Hint icon="auto" tone="info">
      <span class="led">{t("A flow leads the customer: {flow}", { flow })}</span>
      {writes.value && (
        <button type="button" class="plain" onClick={() => accept(ticket.number)}>
          {t("Take over")}
        </button>
      )}
    </Hint>
  );
}
