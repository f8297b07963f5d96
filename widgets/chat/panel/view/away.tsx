/** In charge of closed counters: when the desk opens again, and an address at which the answer finds the visitor. */
import { signal } from "@preact/signals";
import { language, t } from "../../../shared/words";
import { tell } from "../bridge";
import { inLocale, page } from "../page";
import * as state from "../state";
import { introduce, transcript } from "../talk";
import { moment } from "../when";

const changing = signal(false);

async function leaveAddress(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const email = String(new FormData(event.currentTarget as HTMLFormElement).get("email") ?? "").trim();
  try {
    await introduce({ email });
    changing.value = false;
    state.notice.value = state.mailing.peek() ? await transcript() : "";
    tell("email", { email });
  } catch (problem) {
    state.notice.value = (problem as Error).message;
  }
}

export function Away() {
  const { hours, unanswered, mailing, profile, identified, welcomed } = state;
  const closed = !hours.value.open;
  if (!welcomed.value || !(closed || unanswered.value || mailing.value)) return null;
  const { email } = profile.value;
  const said = mailing.value ? "" : inLocale(page.away, language.value) || (closed ? t("We are closed just now.") : t("Our people are busy just now."));
  return (
    <section class="card" aria-label={t("Answer by mail")}>
      <p>{said} {closed && hours.value.next && t("We open again on {when}.", { when: moment(hours.value.next) })}</p>
      {email && !changing.value ? (
        <p>
          {t("Our answer will also go to {email}.", { email })}{" "}
          {!identified.value && <button type="button" class="link" onClick={() => (changing.value = true)}>{t("Change")}</button>}
        </p>
      ) : (
        <form onSubmit={(event) => void leaveAddress(event)}>
          <label for="away-email">{t("Leave your mail address and we write to you there.")}</label>
          <div class="row">
            <input id="away-email" name="email" type="email" required autocomplete="email" maxLength={254} defaultValue={email} />
            <button type="submit" class="primary">{t("Save")}</button>
          </div>
        </form>
      )}
    </section>
  );
}
