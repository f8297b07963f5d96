/** In charge of the console as a whole: its four zones, and what lies over them. */
import { signal } from "@preact/signals";
import { t } from "../shared/words";
import { Later } from "./later/coming";
import { pane } from "./store/settings";
import { ticketNumber, zoneShown } from "./store/place";
import { ThreadZone } from "./thread/thread";
import { DialogPlace } from "./ui/dialog";
import { Toasts } from "./ui/toast";
import { ConnectionBar } from "./views/connection";
import { ListZone } from "./views/list";
import { Nav } from "./views/nav";
import { Strip } from "./views/strip";

export const boot = signal<"loading" | "ready" | string>("loading");

export function App() {
  if (boot.value === "loading")
    return (
      <div class="boot" role="status">
        {t("Loading…")}
      </div>
    );
  if (boot.value !== "ready") {
    return (
      <div class="boot" role="alert">
        <p>{boot.value}</p>
        <button type="button" class="primary" onClick={() => location.reload()}>
          {t("Try again")}
        </button>
      </div>
    );
  }
  return (
    <div
      class="console"
      data-zone={zoneShown.value}
      data-pane={pane.value && ticketNumber.value !== null ? "open" : "closed"}
    >
      <ConnectionBar />
      <Nav />
      <ListZone />
      <Strip />
      <ThreadZone />
      {ticketNumber.value !== null && <Later part="PaneZone" around={(inside) => <aside class="pane">{inside}</aside>} />}
      <DialogPlace />
      <Toasts />
    </div>
  );
}
