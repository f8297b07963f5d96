/** In charge of messages that are more than words: stickers, places, taps, what a message answers, buttons of ours. */
import { t } from "../../shared/words";
import type { Attachment, Choice, Message, Quote, Rich } from "../api/messages";
import { StickerPicture } from "../composer/stickers";
import { agentName } from "../store/desk";
import { place } from "../store/place";
import { Icon } from "../ui/icons";
import { SentCard } from "../ui/line-screen";
import { addressOf } from "./files";
import { Words } from "./text";

/** A message's words, drawn as what they are. */
export function Said({ message, language }: { message: Message; language: string }) {
  const { card, attachments } = message;
  switch (card?.kind) {
    case "sticker": {
      const picture = attachments.find((file) => file.content_id === card.file && file.preview);
      return (
        <figure class="sticker" data-animated={card.animated || undefined}>
          {picture ? <img src={addressOf(picture)} alt={message.text} /> : <p>{message.text}</p>}
          {card.keywords.length > 0 && (
            <figcaption class="faint" title={card.keywords.join("、")}>
              {card.keywords.slice(0, 3).join("、")}
            </figcaption>
          )}
        </figure>
      );
    }
    case "location":
      return (
        <a
          class="place-card"
          href={`https://www.google.com/maps/search/?api=1&query=${card.latitude},${card.longitude}`}
          target="_blank"
          rel="noopener noreferrer"
        >
          <Icon name="flag" />
          <span>
            <b>{card.title || t("A place")}</b>
            {card.address && <span>{card.address}</span>}
            <small class="faint">
              {card.latitude.toFixed(5)}, {card.longitude.toFixed(5)}
            </small>
          </span>
        </a>
      );
    case "tapped":
      return (
        <p class="tapped">
          <span class="badge">{t("Tapped a button")}</span>{" "}
          {message.text.startsWith(card.data) ? <code>{message.text}</code> : <span title={card.data}>{message.text}</span>}
        </p>
      );
    case "marked":
      return <Words text={message.text} language={language} marks={card.marks} files={attachments} />;
    default:
      return <Words text={message.text} language={language} />;
  }
}

/** The message that this one answers; a click goes there. */
export function Quoted({ quote }: { quote: Quote }) {
  return (
    <button
      type="button"
      class="quoted"
      onClick={() => {
        place.value = { ...place.peek(), seq: quote.seq };
        document.querySelector(`.log [data-seq="${quote.seq}"]`)?.scrollIntoView({ block: "center" });
      }}
    >
      {quote.agent !== null && <b>{agentName(quote.agent)} </b>}
      {quote.withdrawn ? t("The sender took this message back.") : quote.text || t("(no text)")}
    </button>
  );
}

/** The files that stand beside the words: those of stickers and emoji are in them. */
export function besides(message: Message): Attachment[] {
  const { card } = message;
  const inside = card?.kind === "sticker" ? [card.file] : card?.kind === "marked" ? card.marks.map((m) => m.file) : [];
  return message.attachments.filter((file) => !file.content_id || !inside.includes(file.content_id));
}

export function Buttons({ choices }: { choices: readonly Choice[] }) {
  if (!choices.length) return null;
  return (
    <ul class="rich-choices">
      {choices.map((choice, index) => (
        <li key={index} title={choice.url || choice.text || choice.data}>
          {choice.label}
          {choice.url && <Icon name="link" />}
        </li>
      ))}
    </ul>
  );
}

function Panel(props: { title?: string; text: string; picture?: string; choices: readonly Choice[] }) {
  return (
    <div class="rich-panel">
      {props.title && <b>{props.title}</b>}
      <p>{props.text}</p>
      <Buttons choices={props.choices} />
    </div>
  );
}

/** What of ours it was besides words, as the customer sees it, with the answers that were offered beneath. */
export function RichPart({ rich, account, choices }: { rich: Rich; account: number; choices: readonly Choice[] }) {
  const plain = (
    <>
      <InOurs rich={rich} account={account} />
      <Offered choices={choices} />
    </>
  );
  if (rich.kind === "sticker") return plain;
  return (
    <SentCard account={account} rich={rich} choices={choices}>
      {plain}
    </SentCard>
  );
}

/** A card in the desk's own looks: for channels that draw none, and until LINE's are here. */
function InOurs({ rich, account }: { rich: Rich; account: number }) {
  switch (rich.kind) {
    case "buttons":
      return <Panel title={rich.title ?? ""} text={rich.text} choices={rich.choices} />;
    case "confirm":
      return <Panel text={rich.text} choices={[rich.yes, rich.no]} />;
    case "carousel":
      return (
        <div class="rich-carousel" tabIndex={0} role="group" aria-label={t("Cards side by side")}>
          {rich.columns.map((column, index) => (
            <Panel key={index} title={column.title ?? ""} text={column.text} choices={column.choices} />
          ))}
        </div>
      );
    case "sticker":
      return (
        <figure class="sticker">
          <StickerPicture account={account} name={`${rich.package}/${rich.sticker}`} sticker={rich.sticker} />
        </figure>
      );
    case "native":
      return (
        <p class="rich-panel">
          <span class="badge">Flex</span> {rich.alt}
        </p>
      );
  }
}

/** The answers that were offered beneath. */
export function Offered({ choices }: { choices: readonly Choice[] }) {
  return choices.length ? <Buttons choices={choices} /> : null;
}
