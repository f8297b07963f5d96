/** Starts the console: who is here, what the desk is, then everything live. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { t } from "../shared/words";
import { App, boot } from "./app";
import { offerAgain } from "./composer/draft";
import { bindKeys } from "./keys/bindings";
import { listen, listenForPalette } from "./keys/keys";
import { fetchWhenIdle, showLater } from "./later/coming";
import { startNoticing } from "./live/active";
import { loadCalls, startCounting } from "./live/calling";
import { known } from "./live/feed";
import { startLooking } from "./live/lookers";
import { connect, connection } from "./live/socket";
import { startSounds } from "./live/sound";
import { startTabs } from "./live/tabs";
import { loadCounts } from "./store/counts";
import { desk, loadDesk } from "./store/desk";
import { mendList, startList } from "./store/list";
import { loadMacros } from "./store/macros";
import { loadPreferences } from "./store/preferences";
import { ticketNumber, zoneShown } from "./store/place";
import { startStrip } from "./store/strip";
import { mendThreads } from "./store/threads";

async function start(): Promise<void> {
  const place = document.getElementById("console");
  if (!place) return;
  render(<App />, place);
  try {
    await loadDesk();
  } catch (problem) {
    boot.value = problem instanceof Error ? problem.message : t("The console could not be loaded.");
    return;
  }
  // Everything fetched from here on knows at least this much; the feed goes on from it.
  known.value = desk.peek()?.seq ?? null;
  boot.value = "ready";
  startList();
  void loadCounts();
  void loadMacros();
  startStrip();
  startTabs();
  startSounds();
  startCounting();
  void loadPreferences();
  void loadCalls();
  startLooking();
  startNoticing();
  connect();
  bindKeys();
  answerCall();
  listen();
  listenForPalette();
  fetchWhenIdle();
  effect(() => {
    if (connection.value !== "live") return;
    offerAgain();
    mendThreads();
    mendList();
  });
  // The browser's back button leads a phone from the ticket to the list.
  effect(() => {
    if (ticketNumber.value === null && zoneShown.peek() === "thread") zoneShown.value = "list";
  });
}

/** A telephone system opened `/console/phone?number=…&name=…`: the note is ready before the receiver is. */
function answerCall(): void {
  if (!location.pathname.endsWith("/console/phone")) return;
  const asked = new URLSearchParams(location.search);
  history.replaceState(null, "", location.pathname.replace(/\/phone$/, "") + location.hash);
  showLater(({ PhoneDialog }) => (
    <PhoneDialog
      number={asked.get("number") ?? ""}
      name={asked.get("name") ?? ""}
      direction={asked.get("direction") === "out" ? "out" : "in"}
    />
  ));
}

void start();
