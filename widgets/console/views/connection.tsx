/** In charge of saying honestly how the live connection stands. */
import { now, since } from "../../shared/time";
import { t } from "../../shared/words";
import { desk } from "../store/desk";
import { connection, lostAt } from "../live/socket";
import { catching } from "../live/feed";

export function ConnectionMark() {
  const state = connection.value;
  void now.value;
  const words =
    state === "live"
      ? catching.value
        ? t("Catching up…")
        : t("Live")
      : state === "connecting"
        ? t("Connecting…")
        : state === "offline"
          ? t("Offline")
          : t("Reconnecting…");
  const how = lostAt.value && state !== "live" ? t("Last live {when} ago", { when: since(lostAt.value) }) : words;
  return (
    <span class={`connection ${state}`} role="status" title={how}>
      <i class="dot" aria-hidden="true" />
      <span class="nav-name">{words}</span>
    </span>
  );
}

/** Over everything, only when the agent must know: what is shown may be old, or customers are told nothing by itself. */
export function ConnectionBar() {
  const state = connection.value;
  void now.value;
  if (state === "live" || state === "connecting" || !lostAt.value || Date.now() - lostAt.value < 4000) {
    const held = desk.value?.notices_held;
    return held ? (
      <div class="connection-bar" role="status">
        {t("All notices are held back")}: {held}
      </div>
    ) : null;
  }
  return (
    <div class="connection-bar" role="status">
      {state === "offline"
        ? t("You are offline. What you write is kept here.")
        : t("No live connection for {when}. Trying again by itself.", { when: since(lostAt.value) })}
    </div>
  );
}
