/** In charge of the panel as a whole: its rooms, and the bar that says honestly how the line is. */
import { t } from "../../../shared/words";
import { tell } from "../bridge";
import * as state from "../state";
import { Later } from "../later";
import { asks, Before } from "./before";
import { addFiles, Composer } from "./composer";
import { Head } from "./head";
import { Log } from "./log";

function Bar() {
  const { line, pending, notice } = state;
  const waiting = pending.value.filter((each) => each.refused === undefined).length;
  const how = {
    live: "", connecting: t("Connecting…"), away: t("Connection lost. Connecting again…"), offline: t("You are offline."),
    refused: t("The chat is not available here."),
  }[line.value];
  const words = how && waiting && line.value !== "refused" ? `${how} ${t("{n} waiting to be sent", { n: waiting })}` : how;
  return (
    <div class="bars" role="status">
      {words && <p class="line">{words}</p>}
      {notice.value && <p class="line notice">{notice.value} <button type="button" class="link" onClick={() => (notice.value = "")}>{t("Close")}</button></p>}
    </div>
  );
}

/** Esc leaves the innermost thing first. */
export function leave(event: KeyboardEvent): void {
  if (event.key !== "Escape" || event.isComposing) return;
  if (state.menu.peek()) state.menu.value = "";
  else tell("close");
}

export function Panel() {
  const view = state.view.value;
  return (
    <main
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => (event.preventDefault(), addFiles(event.dataTransfer?.files ?? []))}
    >
      <Head />
      <Bar />
      {view !== "talk" ? <Later part={view === "list" ? "List" : view === "faq" ? "Faq" : "Line"} /> : asks() && state.welcomed.value ? <Before /> : <><Log />{state.line.value !== "refused" && !asks() && <Composer />}</>}
    </main>
  );
}
