/** In charge of what a message tells besides its words: whether its sender is who they say, its people and times, the
 *  fields of a form, its HTML view. */
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { moment } from "../../shared/time";
import { t } from "../../shared/words";
import type { Message, Party } from "../api/messages";
import { channelName } from "../store/desk";
import { Icon } from "../ui/icons";

function named(party: Party): string {
  return party.name && party.name !== party.address ? `${party.name} <${party.address}>` : party.address;
}

export function Authentication({ message }: { message: Message }) {
  if (message.kind !== "customer" || message.authentication === "none") return null;
  if (message.authentication === "pass")
    return (
      <span class="badge good" title={t("The sender's domain vouches for this mail.")}>
        <Icon name="shield" />
        <span class="hidden">{t("Sender verified")}</span>
      </span>
    );
  return (
    <span class="badge bad" title={t("The sender's domain does not vouch for this mail: it may be forged.")}>
      <Icon name="warn" />
      {t("Sender not verified")}
    </span>
  );
}

export function Details({ message }: { message: Message }) {
  const line = (label: string, people: readonly Party[]) =>
    people.length > 0 && (
      <>
        <dt>{label}</dt>
        <dd>{people.map(named).join("、")}</dd>
      </>
    );
  return (
    <dl class="details">
      {line(t("From"), message.sender.address ? [message.sender] : [])}
      {line(t("To"), message.to)}
      {line(t("Cc"), message.cc)}
      {message.subject && (
        <>
          <dt>{t("Subject")}</dt>
          <dd>{message.subject}</dd>
        </>
      )}
      <dt>{t("Time")}</dt>
      <dd>{moment(message.created_at)}</dd>
      {message.automatic && (
        <>
          <dt>{t("Automatic")}</dt>
          <dd>{message.automatic}</dd>
        </>
      )}
    </dl>
  );
}

/** What a form or a program sent beside the text. */
export function Fields({ message }: { message: Message }) {
  const fields = Object.entries(message.fields).filter(
    ([, value]) => value !== null && value !== "" && typeof value !== "object",
  );
  if (!fields.length) return null;
  return (
    <dl class="details sent" aria-label={channelName("form")}>
      {fields.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{String(value)}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** The HTML view: a page of the server's, cleaned, in a frame that may run nothing. */
export function Html({ message }: { message: Message }) {
  const [images, setImages] = useState(false);
  return (
    <div class="html-view">
      {!images && (
        <p class="faint">
          {t("Pictures from elsewhere are not loaded.")}{" "}
          <button type="button" class="link" onClick={() => setImages(true)}>
            {t("Show remote images")}
          </button>
        </p>
      )}
      <iframe
        title={t("As HTML")}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        referrerpolicy="no-referrer"
        loading="lazy"
        src={`/api/v1/messages/${message.id}/html?images=${images ? 1 : 0}`}
      />
    </div>
  );
}
