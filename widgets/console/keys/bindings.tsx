/** The console's keys, each with what it does: the one table behind the keyboard and its sheet. */
import { t } from "../../shared/words";
import type { Mode, Status } from "../api/tickets";
import { compose } from "../composer/composer";
import { pickArticle } from "../composer/articles";
import { pickMacro } from "../composer/macros";
import { showLater, withParts } from "../later/coming";
import { desk, me, writes } from "../store/desk";
import { editMany } from "../store/edits";
import { active, beside, meant, numbers, select, selected, unselect } from "../store/list";
import { goView, place, ticketNumber, zoneShown } from "../store/place";
import { closeTab, stepTab } from "../store/strip";
import { paneOver, showPane } from "../store/settings";
import { handOver } from "../thread/chat";
import { copyNumber, togglePane } from "../thread/head";
import { leaveTicket } from "../thread/leave";
import { picking } from "../thread/split";
import { openMenu } from "../ui/menu";
import { toast, undoLast } from "../ui/toast";
import { focusSearch } from "../views/filters";
import { focusRow, openTicket, step } from "../views/list";
import { bind, type Key } from "./keys";

const moving = () => t("Moving");
const writing = () => t("Writing");
const changing = () => t("Changing a ticket");
const going = () => t("Going");

function openHere(): void {
  const number = active.peek();
  if (number !== null) openTicket(number);
}

function write(mode: Mode): void {
  const number = ticketNumber.peek() ?? active.peek();
  if (number === null || !writes.peek()) return;
  if (ticketNumber.peek() === null) openTicket(number);
  zoneShown.value = "thread";
  compose(number, mode);
}

function macro(): void {
  const number = ticketNumber.peek() ?? active.peek();
  if (number === null || !writes.peek()) return;
  if (ticketNumber.peek() === null) openTicket(number);
  pickMacro(number);
}

function article(): void {
  const number = ticketNumber.peek() ?? active.peek();
  if (number === null || !writes.peek()) return;
  if (!desk.peek()?.articles) return toast({ words: t("The FAQ has no published article yet.") });
  if (ticketNumber.peek() === null) openTicket(number);
  pickArticle(number);
}

/** Open a menu for the selection, else for the open ticket; from the list alone it opens the ticket first. */
function menu(name: string): void {
  if (!writes.peek()) return;
  if (selected.peek().size) openMenu.value = `${name}-bulk`;
  else {
    if (ticketNumber.peek() === null) openHere();
    openMenu.value = name;
  }
}

function finish(status: Status, next: boolean): void {
  const these = meant();
  if (!these.length || !writes.peek()) return;
  const open = ticketNumber.peek();
  const after = next ? beside(1) : null;
  void editMany(these, { status });
  if (after !== null && after !== open) openTicket(after);
}

function mine(): void {
  const agent = me.peek();
  const these = meant();
  if (agent && writes.peek()) void editMany(these, { assignee: agent.id });
}

function handOverHere(): void {
  const number = ticketNumber.peek() ?? active.peek();
  if (number !== null && writes.peek()) handOver(number);
}

function escape(): void {
  if (picking.peek()) picking.value = null;
  else if (selected.peek().size) unselect();
  else if (paneOver.peek()) showPane(false);
  else if (document.activeElement?.closest(".log, .thread") || zoneShown.peek() === "pane") {
    zoneShown.value = "thread";
    if (ticketNumber.peek() !== null) focusRow(ticketNumber.peek());
  } else if (ticketNumber.peek() !== null) leaveTicket();
}

const go = (keys: string, words: () => string, view: string): Key => ({
  keys,
  words,
  group: going,
  view,
  run: () => {
    goView(view);
    zoneShown.value = "list";
  },
});

export function bindKeys(): void {
  bind([
    { keys: "j", words: () => t("Next ticket"), group: moving, run: () => step(1) },
    { keys: "k", words: () => t("Ticket before"), group: moving, run: () => step(-1) },
    { keys: "Enter", words: () => t("Open the ticket"), group: moving, run: openHere },
    { keys: "o", words: () => t("Open the ticket"), group: moving, run: openHere },
    { keys: "u", words: () => t("Back to the list"), group: moving, run: leaveTicket },
    { keys: "[", words: () => t("Open ticket to the left"), group: moving, run: () => stepTab(-1) },
    { keys: "]", words: () => t("Open ticket to the right"), group: moving, run: () => stepTab(1) },
    {
      keys: "w",
      words: () => t("Take the ticket off the strip"),
      group: moving,
      run: () => {
        const number = ticketNumber.peek();
        if (number !== null) closeTab(number);
      },
    },
    { keys: "/", words: () => t("Search"), group: moving, run: focusSearch },
    { keys: "Escape", words: () => t("Leave the field, the selection, the ticket"), group: moving, run: escape },
    { keys: "\\", words: () => t("Customer's pane"), group: moving, run: togglePane },
    { keys: "r", words: () => t("Reply"), group: writing, run: () => write("reply") },
    { keys: "n", words: () => t("Internal note"), group: writing, run: () => write("note") },
    {
      keys: "f",
      words: () => t("Forward"),
      group: writing,
      run: () => {
        const number = ticketNumber.peek() ?? active.peek();
        if (number !== null && writes.peek()) withParts(({ forward }) => void forward(number));
      },
    },
    {
      keys: "c",
      words: () => t("New ticket"),
      group: writing,
      run: () => {
        if (writes.peek()) showLater(({ NewTicketDialog }) => <NewTicketDialog />);
      },
    },
    {
      keys: "C",
      words: () => t("Phone note"),
      group: writing,
      run: () => {
        if (writes.peek()) showLater(({ PhoneDialog }) => <PhoneDialog />);
      },
    },
    { keys: "m", words: () => t("Macros"), group: writing, run: macro },
    { keys: "q", words: () => t("FAQ articles"), group: writing, run: article },
    { keys: "s", words: () => t("Status"), group: changing, run: () => menu("status") },
    { keys: "p", words: () => t("Priority"), group: changing, run: () => menu("priority") },
    { keys: "a", words: () => t("Assignee"), group: changing, run: () => menu("assign") },
    { keys: "I", words: () => t("Take it: assign to me"), group: changing, run: mine },
    { keys: "H", words: () => t("Hand over…"), group: changing, run: handOverHere },
    { keys: "t", words: () => t("Tags"), group: changing, run: () => menu("tags") },
    { keys: "h", words: () => t("Snooze"), group: changing, run: () => menu("snooze") },
    { keys: "e", words: () => t("Done"), group: changing, run: () => finish("done", false) },
    { keys: "E", words: () => t("Done, and the next one"), group: changing, run: () => finish("done", true) },
    {
      keys: "x",
      words: () => t("Select"),
      group: changing,
      run: () => {
        const number = active.peek() ?? place.peek().ticket;
        if (number !== null) select(number);
      },
    },
    {
      keys: "X",
      words: () => t("Select up to here"),
      group: changing,
      run: () => {
        const number = active.peek();
        if (number !== null) select(number, true);
      },
    },
    { keys: "z", words: () => t("Undo"), group: changing, run: undoLast },
    {
      keys: ".",
      words: () => t("Copy the number"),
      group: changing,
      run: () => {
        const number = ticketNumber.peek() ?? active.peek();
        if (number !== null) void copyNumber(number);
      },
    },
    go("g i", () => t("Mine"), "mine"),
    go("g u", () => t("Unassigned"), "unassigned"),
    go("g o", () => t("To be answered"), "open"),
    go("g a", () => t("All"), "all"),
    go("g m", () => t("Mentions"), "mentions"),
    go("g w", () => t("On hold"), "waiting"),
    go("g s", () => t("Snoozed"), "snoozed"),
    go("g c", () => t("Visitors"), "visitors"),
    go("g d", () => t("Done"), "done"),
    { keys: "g v", words: () => t("A view by its name"), group: going, run: () => withParts(({ showViews }) => showViews()) },
    {
      keys: "g g",
      words: () => t("To the top of the list"),
      group: going,
      run: () => focusRow(numbers.peek()[0] ?? null),
    },
    { keys: "?", words: () => t("This sheet"), group: going, run: () => showLater(({ KeySheet }) => <KeySheet />) },
  ]);
}
