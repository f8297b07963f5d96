/** In charge of leaving a ticket: back to the list, with the focus on the row that was open. */
import { settle } from "../store/list";
import { go, ticketNumber, zoneShown } from "../store/place";
import { focusRow } from "../views/list";

export function leaveTicket(): void {
  const was = ticketNumber.peek();
  zoneShown.value = "list";
  go({ ticket: null });
  settle();
  focusRow(was);
}
