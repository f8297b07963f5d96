/** Starts the phone page: people to be, the phone in their hand, the wire beside it. */
import { render, type VNode } from "preact";
import { classes } from "../shared/dom";
import { language, t } from "../shared/words";
import "../shared/line/line.css";
import { hold, person, startPlace, unread, wireShown } from "./place";
import { Screen } from "./screen";
import { Sheets } from "./sheets";
import "./style/page.css";
import "./style/device.css";
import "./style/chats.css";
import "./style/chat.css";
import "./style/bubbles.css";
import "./style/writing.css";
import "./style/sheets.css";
import "./style/wire.css";
import "./style/narrow.css";
import { WirePanel } from "./wire-panel";
import { offline, state, watch } from "./wire";

function App(): VNode {
  const other = language.value === "ja" ? "en" : "ja";
  return (
    <>
      <header class="top">
        <p>
          <a href="/demo">{t("Demo")}</a>
        </p>
        <nav aria-label={t("Who holds the phone")}>
          {state.value?.people.map((each) => (
            <button key={each.id} type="button" aria-pressed={each.id === person.value?.id} onClick={() => hold(each.id)}>
              <img alt="" src={`/line/faces/${each.id}`} />
              <span>{each.name}</span>
              {each.id !== person.value?.id && unread(each.id) ? <i class="count">{unread(each.id)}</i> : null}
            </button>
          ))}
        </nav>
        <p class="links">
          <a href="/console" target="_blank">
            {t("Console")}
          </a>
          <a href={`?lang=${other}${location.hash}`} lang={other}>
            {other === "en" ? "English" : "日本語"}
          </a>
          <button type="button" class="to-wire" aria-pressed={wireShown.value} onClick={() => (wireShown.value = !wireShown.value)}>
            {t("Wire")}
          </button>
        </p>
      </header>
      <main>
        <section class={classes("device", wireShown.value && "behind")} aria-label={t("The phone")}>
          <div class="glass">
            {offline.value ? <p class="offline">{t("No connection to the demo.")}</p> : null}
            <Screen />
            <Sheets />
          </div>
        </section>
        <WirePanel />
      </main>
    </>
  );
}

const room = document.getElementById("phone");
if (room) {
  startPlace();
  render(<App />, room);
  void watch();
}
