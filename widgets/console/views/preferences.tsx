/** In charge of the sheet on which an agent says how they want to be told of things, and how colleagues see them. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { clock } from "../../shared/time";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Preferences } from "../api/desk";
import { askPermission, permission } from "../live/desktop";
import { tryOut } from "../live/sound";
import { loadDesk, me } from "../store/desk";
import { preferences, quiet } from "../store/preferences";
import { Dialog } from "../ui/dialog";
import { Avatar } from "../ui/marks";
import { disturbAgain, disturbNot, keep } from "./quiet";
import { squared } from "./square";

interface SwitchProps {
  words: string;
  on: boolean;
  onChange: (on: boolean) => void;
  off?: boolean;
}

function Switch({ words, on, onChange, off }: SwitchProps) {
  return (
    <label class="switch">
      <input type="checkbox" checked={on} disabled={off} onChange={(event) => onChange(event.currentTarget.checked)} />
      {words}
    </label>
  );
}

function Picture() {
  const agent = me.value;
  const field = useRef<HTMLInputElement>(null);
  const busy = useSignal(false);
  const wrong = useSignal("");
  if (!agent) return null;
  const change = async (run: () => Promise<unknown>) => {
    busy.value = true;
    wrong.value = "";
    try {
      await run();
      await loadDesk();
    } catch (problem) {
      wrong.value =
        problem instanceof Refusal
          ? (Object.values(problem.fields)[0] ?? problem.message)
          : t("This file is no picture that the browser can read.");
    }
    busy.value = false;
  };
  return (
    <section>
      <h3>{t("Picture")}</h3>
      <div class="own-picture">
        <Avatar agent={agent.id} />
        <div>
          <div class="buttons">
            <button type="button" class="plain" disabled={busy.value} onClick={() => field.current?.click()}>
              {agent.picture ? t("Another picture…") : t("Choose a picture…")}
            </button>
            {agent.picture && (
              <button
                type="button"
                class="plain"
                disabled={busy.value}
                onClick={() => void change(() => api.dropPicture(agent.id))}
              >
                {t("Remove")}
              </button>
            )}
          </div>
          <p class="faint">{t("Colleagues see it, and customers in the chat. Without one, your initials stand there.")}</p>
          {wrong.value && (
            <p class="error" role="alert">
              {wrong.value}
            </p>
          )}
        </div>
        <input
          ref={field}
          type="file"
          hidden
          accept="image/*"
          aria-label={t("Picture")}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = "";
            if (file) void change(async () => api.givePicture(agent.id, await squared(file)));
          }}
        />
      </div>
    </section>
  );
}

function Desktop() {
  const { desktop } = preferences.value;
  const may = permission.value;
  return (
    <section>
      <h3>{t("Notifications on the screen")}</h3>
      <Switch words={t("Show notifications of the browser")} on={desktop} onChange={(on) => keep({ desktop: on })} />
      {may === "default" && (
        <p>
          <button type="button" class="primary" disabled={!desktop} onClick={() => void askPermission()}>
            {t("Allow them in this browser")}
          </button>
        </p>
      )}
      <p class="faint">
        {may === "granted"
          ? t("This browser shows them.")
          : may === "denied"
            ? t("This browser blocks them: allow notifications for this address in its settings.")
            : may === "none"
              ? t("This browser cannot show them here. The sound and the count in the title remain.")
              : t("Each browser asks you once.")}
      </p>
    </section>
  );
}

function Wanted() {
  const { wanted } = preferences.value;
  const one = (name: keyof Preferences["wanted"], words: string) => (
    <Switch words={words} on={wanted[name]} onChange={(on) => keep({ wanted: { ...wanted, [name]: on } })} />
  );
  return (
    <section>
      <h3>{t("Tell me about")}</h3>
      {one("mine", t("New messages on my tickets"))}
      {one("assigned", t("Tickets that are given to me"))}
      {one("mentions", t("Notes that call me (@)"))}
      {one("chats", t("Chats that wait for somebody"))}
      {one("teams", t("New tickets and messages for my teams"))}
      {one("unassigned", t("New tickets and messages that are nobody's"))}
      <p class="faint">{t("Never about the ticket that you are looking at.")}</p>
    </section>
  );
}

function Mails() {
  return (
    <section>
      <h3>{t("Mail")}</h3>
      <Switch
        words={t("Remind me by mail of FAQ articles of mine that are to be looked at again")}
        on={preferences.value.review_mails}
        onChange={(on) => keep({ review_mails: on })}
      />
    </section>
  );
}

function Sound() {
  const { sound, volume } = preferences.value;
  return (
    <section>
      <h3>{t("Sound")}</h3>
      <Switch words={t("Play a sound")} on={sound} onChange={(on) => keep({ sound: on })} />
      <label class="field">
        {t("Volume")}
        <input
          type="range"
          min="0"
          max="100"
          step="5"
          value={volume}
          disabled={!sound}
          onChange={(event) => keep({ volume: Number(event.currentTarget.value) })}
        />
      </label>
      <div class="buttons">
        <button type="button" class="plain" onClick={() => tryOut(true)}>
          {t("Hear it: a chat")}
        </button>
        <button type="button" class="plain" onClick={() => tryOut(false)}>
          {t("Hear it: everything else")}
        </button>
      </div>
    </section>
  );
}

function Rest() {
  const { quiet_until: until, away_after: after } = preferences.value;
  return (
    <section>
      <h3>{t("Rest")}</h3>
      <label class="field">
        {t("Do not disturb")}
        <select
          value={quiet.value ? "on" : "off"}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            if (chosen === "off") disturbAgain();
            else if (chosen !== "on") disturbNot(chosen === "always" ? null : Number(chosen));
          }}
        >
          <option value="off">{t("Off")}</option>
          {quiet.value && (
            <option value="on">{until ? t("Until {when}", { when: clock(until) }) : t("Until I switch it off")}</option>
          )}
          <option value="30">{t("For 30 minutes")}</option>
          <option value="60">{t("For one hour")}</option>
          <option value="240">{t("For four hours")}</option>
          {!(quiet.value && !until) && <option value="always">{t("Until I switch it off")}</option>}
        </select>
      </label>
      <label class="field">
        {t("Show me as away")}
        <select
          value={String(after)}
          onChange={(event) => keep({ away_after: Number(event.currentTarget.value) as Preferences["away_after"] })}
        >
          {[5, 10, 20, 30, 60].map((minutes) => (
            <option key={minutes} value={String(minutes)}>
              {t("After {n} minutes without a key or a click", { n: minutes })}
            </option>
          ))}
          <option value="0">{t("Only when I say so")}</option>
        </select>
      </label>
    </section>
  );
}

export function PreferencesDialog() {
  return (
    <Dialog title={t("Notifications and picture")} wide>
      <div class="preferences">
        <Wanted />
        <Desktop />
        <Sound />
        <Rest />
        <Mails />
        <Picture />
      </div>
    </Dialog>
  );
}
