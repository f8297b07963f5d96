/** Starts the console: who is here, what the desk is, then everything live. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { t } from "../shared/words";
import { App, boot } from "./app";
import { bindKeys } from "./keys/bindings";
import { listen } from "./keys/keys";
import { startLooking } from "./live/lookers";
import { connect } from "./live/socket";
import { loadCounts } from "./store/counts";
import { loadDesk } from "./store/desk";
import { startList } from "./store/list";
import { ticketNumber, zoneShown } from "./store/place";
import { open } from "./store/threads";
import "./style/console.css";

async function start(): Promise<void> {
  const place = document.getElementById("console");
  if (!place) return;
  render(<App />, place);
  if (ticketNumber.peek() !== null) open(ticketNumber.peek() ?? 0);
  try {
    await loadDesk();
  } catch (problem) {
    boot.value = problem instanceof Error ? problem.message : t("The console could not be loaded.");
    return;
  }
  boot.value = "ready";
  startList();
  void loadCounts();
  startLooking();
  connect();
  bindKeys();
  listen();
  // The browser's back button leads a phone from the ticket to the list.
  effect(() => {
    if (ticketNumber.value === null && zoneShown.peek() === "thread") zoneShown.value = "list";
  });
}

void start();
