/** In charge of what is asked before the first message: a few fields, and consent. */
import { signal } from "@preact/signals";
import { language, t } from "../../../shared/words";
import { tell } from "../bridge";
import { type Ask, inLocale, page } from "../page";
import { conversation, messages, notice, pending, profile } from "../state";
import * as state from "../state";
import { introduce } from "../talk";
import { Words } from "./text";

const answered = signal("");
const PROFILE = ["name", "email", "phone"] as const;

/** Whether something is still to be asked; nothing is, once the visitor has said something. */
export function asks(): boolean {
  if (consentWanted()) return true;
  return !state.identified.value && !!page.prechat?.length && !messages.value.length && !pending.value.length && answered.value !== conversation.value &&
    page.prechat.some((field) => !known(field.name));
}

const consentWanted = (): boolean => !!inLocale(page.consent, language.value) && !state.consent.value;
const known = (name: string): string => (PROFILE.includes(name as "name") ? (profile.value[name as "name"] ?? "") : "");

async function go(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const said = Object.fromEntries([...new FormData(event.currentTarget as HTMLFormElement)].map(([name, value]) => [name, String(value).trim()]));
  const who: Record<string, string> = {};
  const fields: Record<string, string> = {};
  for (const { name } of page.prechat ?? []) if (said[name]) (PROFILE.includes(name as "name") ? who : fields)[name] = said[name];
  try {
    await introduce({ ...who, ...(Object.keys(fields).length && { fields }), ...(consentWanted() && { consent: true }) });
    answered.value = conversation.value;
    notice.value = "";
    if (who["email"]) tell("email", { email: who["email"] });
  } catch (problem) {
    notice.value = (problem as Error).message;
  }
}

function Question({ field: { name, label, required } }: { field: Ask }) {
  const own: Record<string, string> = { name: t("Name"), email: t("Mail address"), phone: t("Phone") };
  const type = name === "email" ? "email" : name === "phone" ? "tel" : "text";
  const auto = type === "text" && name !== "name" ? "off" : name === "name" ? "name" : type;
  return (
    <label class="field">
      <span>{inLocale(label, language.value) || own[name] || name}{!required && <small> {t("(optional)")}</small>}</span>
      <input name={name} required={required} type={type as "text"} maxLength={254} autocomplete={auto} defaultValue={known(name)} />
    </label>
  );
}

export function Before() {
  const consent = inLocale(page.consent, language.value);
  return (
    <form class="before" onSubmit={(event) => void go(event)}>
      <Words text={inLocale(page.greeting, language.value) || t("Hello. How can we help you?")} />
      {!messages.value.length && page.prechat?.map((field) => <Question key={field.name} field={field} />)}
      {consent && <label class="check"><input type="checkbox" name="consent" required /> <Words text={consent} /></label>}
      <button type="submit" class="primary">{t("Start the chat")}</button>
    </form>
  );
}
