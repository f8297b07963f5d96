/** In charge of one message on the screen, of whichever kind. */
import type { ComponentChildren, VNode } from "preact";
import { fileSize } from "../shared/dom";
import { FlexMessage } from "../shared/line/flex";
import type { Message } from "../shared/line/objects";
import { TemplateMessage } from "../shared/line/template";
import { language, t } from "../shared/words";
import { Icon } from "./icon";
import { person, quoting, sheet } from "./place";
import { StickerPicture } from "./sticker";
import { tap } from "./tap";
import { type Bubble, state } from "./wire";

const LINK = /(https?:\/\/[^\s<>"'、。）)」]+)/g;

export function BubbleRow({ bubbles, first }: { bubbles: Bubble[]; first: boolean }): VNode {
  const bubble = bubbles[bubbles.length - 1] as Bubble;
  const mine = bubble.from === person.value?.id;
  if (bubble.unsent)
    return (
      <p class="notice">
        {mine ? t("You unsent a message.") : t("{name} unsent a message.", { name: nameOf(bubble) })}
      </p>
    );
  const time = new Intl.DateTimeFormat(language.value, { hour: "numeric", minute: "2-digit" }).format(bubble.at);
  return (
    <div class={mine ? "row mine" : "row"} data-id={bubble.id} data-kind={bubble.kind}>
      {mine ? null : first ? <Face bubble={bubble} /> : <span class="face" />}
      <div class="said">
        {!mine && first ? <span class="name">{nameOf(bubble)}</span> : null}
        <div class="line">
          <div
            class={`body kind-${bubble.kind}`}
            onContextMenu={(event) => {
              event.preventDefault();
              sheet.value = { kind: "bubble", bubble };
            }}
          >
            {bubble.quotes ? <Quote id={bubble.quotes} /> : null}
            {bubbles.length > 1 ? <Pictures bubbles={bubbles} /> : <Body bubble={bubble} />}
          </div>
          <span class="mark">
            <button type="button" class="dots" aria-label={t("More")} onClick={() => (sheet.value = { kind: "bubble", bubble })}>
              ⋯
            </button>
            {mine && bubble.read ? <span class="read">{t("Read")}</span> : null}
            {!mine && bubble.from === null && !bubble.notified ? <span title={t("Sent without a notification")}><Icon name="quiet" size={14} /></span> : null}
            <time dateTime={new Date(bubble.at).toISOString()}>{time}</time>
          </span>
        </div>
      </div>
    </div>
  );
}

function nameOf(bubble: Bubble): string {
  if (bubble.from === null) return bubble.message.sender?.name ?? state.value?.account.name ?? "";
  return state.value?.people.find((each) => each.id === bubble.from)?.name ?? "";
}

function Face({ bubble }: { bubble: Bubble }): VNode {
  const id = bubble.from ?? state.value?.account.id ?? "";
  return <img class="face" alt="" src={bubble.message.sender?.iconUrl ?? `/line/faces/${id}`} />;
}

function Quote({ id }: { id: string }): VNode {
  const all = Object.values(state.value?.chats ?? {}).flatMap((chat) => chat.bubbles);
  const quoted = all.find((each) => each.id === id);
  return (
    <blockquote>
      <b>{quoted ? (quoted.from === person.value?.id ? t("You") : nameOf(quoted)) : ""}</b>
      <span>{!quoted || quoted.unsent ? t("This message was unsent.") : summary(quoted.message)}</span>
    </blockquote>
  );
}

/** A message in a line of text. */
export function summary(message: Message): string {
  const kinds: Record<string, string> = {
    sticker: t("Sticker"),
    image: t("Photo"),
    video: t("Video"),
    audio: t("Voice message"),
    location: t("Location"),
  };
  return kinds[message.type] ?? message.text ?? message.altText ?? message.fileName ?? message.type;
}

function Body({ bubble }: { bubble: Bubble }): VNode {
  const message = bubble.message;
  const own = bubble.from !== null ? `/line/content/${bubble.id}` : undefined;
  switch (message.type) {
    case "text":
      return <p class="text">{marked(message)}</p>;
    case "textV2":
      return <p class="text">{linked((message.text ?? "").replace(/\{\{/g, "{").replace(/\}\}/g, "}"))}</p>;
    case "sticker":
      return <StickerPicture id={message.stickerId ?? ""} words={message.keywords?.[language.value === "ja" ? 0 : 1]} />;
    case "image":
      return <Picture message={message} own={own} />;
    case "video":
      return (
        <video
          controls
          preload="none"
          poster={own ? `${own}/preview` : message.previewImageUrl}
          src={own ?? message.originalContentUrl}
        />
      );
    case "audio":
      return <audio controls preload="none" src={own ?? message.originalContentUrl} />;
    case "file":
      return (
        <a class="file" href={own} download={message.fileName}>
          <Icon name="file" size={30} />
          <span>
            <b>{message.fileName}</b>
            <small>{fileSize(message.fileSize ?? 0)}</small>
          </span>
        </a>
      );
    case "location":
      return <Place message={message} />;
    case "template":
      return message.template ? <TemplateMessage template={message.template} tap={tap} /> : <p class="text">{message.altText}</p>;
    case "flex":
      return message.contents ? <FlexMessage contents={message.contents} tap={tap} /> : <p class="text">{message.altText}</p>;
    case "imagemap":
      return <ImageMap message={message} />;
    default:
      return <p class="text">{message.altText ?? message.type}</p>;
  }
}

/** A text with the emoji and the names of people in it. */
function marked({ text = "", emojis = [], mention }: Message): ComponentChildren[] {
  const marks = [
    ...emojis.map((one) => ({ ...one, shown: <StickerPicture id={one.emojiId} words={text.slice(one.index + 1, one.index + one.length - 1)} size={22} bare /> })),
    ...(mention?.mentionees ?? []).map((one) => ({ ...one, shown: <b class="mention">{text.slice(one.index, one.index + one.length)}</b> })),
  ].sort((one, other) => one.index - other.index);
  const found: ComponentChildren[] = [];
  let done = 0;
  for (const { index, length, shown } of marks) {
    found.push(...linked(text.slice(done, index)), shown);
    done = index + length;
  }
  return [...found, ...linked(text.slice(done))];
}

function linked(text: string): ComponentChildren[] {
  return text.split(LINK).map((part, index) =>
    index % 2 ? (
      <a key={index} href={part} target="_blank" rel="noopener noreferrer">
        {part}
      </a>
    ) : (
      part
    ),
  );
}

function Picture({ message, own }: { message: Message; own: string | undefined }): VNode {
  const outside = message.contentProvider?.type === "external" ? message.contentProvider : undefined;
  const small = outside?.previewImageUrl ?? (own ? `${own}/preview` : message.previewImageUrl);
  const large = outside?.originalContentUrl ?? own ?? message.originalContentUrl ?? "";
  return (
    <button type="button" class="picture" aria-label={t("Photo")} onClick={() => (sheet.value = { kind: "picture", url: large })}>
      <img alt="" src={small} />
    </button>
  );
}

function Pictures({ bubbles }: { bubbles: Bubble[] }): VNode {
  return (
    <div class="pictures">
      {bubbles.map((bubble) => (
        <Picture key={bubble.id} message={bubble.message} own={`/line/content/${bubble.id}`} />
      ))}
    </div>
  );
}

function Place({ message }: { message: Message }): VNode {
  const where = `${message.latitude},${message.longitude}`;
  return (
    <a class="place" href={`https://www.google.com/maps/search/?api=1&query=${where}`} target="_blank" rel="noopener noreferrer">
      <span class="map" aria-hidden="true">
        <svg viewBox="0 0 24 24" width="34" height="34">
          <path d="M12 2a7 7 0 0 0-7 7c0 5 7 13 7 13s7-8 7-13a7 7 0 0 0-7-7z" fill="#e8453c" />
          <circle cx="12" cy="9" r="2.6" fill="#fff" />
        </svg>
      </span>
      <b>{message.title ?? t("Location")}</b>
      <small>{message.address ?? where}</small>
    </a>
  );
}

function ImageMap({ message }: { message: Message }): VNode {
  const { width = 1040, height = 1040 } = message.baseSize ?? {};
  return (
    <div class="imagemap" style={{ aspectRatio: `${width} / ${height}` }}>
      <img alt={message.altText} src={`${message.baseUrl}/700`} />
      {message.actions?.map(({ area, ...action }, index) => (
        <button
          key={index}
          type="button"
          aria-label={action.label ?? action.text ?? action.linkUri ?? ""}
          style={{
            left: `${(100 * area.x) / width}%`,
            top: `${(100 * area.y) / height}%`,
            width: `${(100 * area.width) / width}%`,
            height: `${(100 * area.height) / height}%`,
          }}
          onClick={() => tap({ ...action, ...(action.linkUri ? { uri: action.linkUri } : {}) })}
        />
      ))}
    </div>
  );
}

export function startQuote(bubble: Bubble): void {
  quoting.value = bubble;
  sheet.value = null;
}
