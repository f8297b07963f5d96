/** In charge of drawing what LINE's customers will see, fetched when an agent first sends more than words. */
import { render } from "preact";
import { FlexMessage } from "../../shared/line/flex";
import "../../shared/line/line.css";
import type { Message } from "../../shared/line/objects";
import { TemplateMessage } from "../../shared/line/template";
import "./screen.css";

/** A picture of each sticker, by its id. */
export type Pictures = (sticker: string) => string;

/** Nothing happens when somebody taps a picture of a button. */
const still = () => undefined;

/** A picture's place: our pages load nothing from elsewhere, so what lies at the shop is not shown here. */
const ELSEWHERE =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80"><path fill="#dfe3ea" d="M0 0h120v80H0z"/><path fill="none" stroke="#9aa3af" stroke-width="3" d="M40 26h40v28H40zm0 22 12-12 10 10 7-6 11 9"/></svg>',
  );
const PICTURES = new Set(["url", "thumbnailImageUrl", "imageUrl", "previewUrl"]);

/** The same, with pictures that may be loaded. */
function ours<T>(value: T): T {
  if (Array.isArray(value)) return value.map(ours) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inside]) => [
    name,
    PICTURES.has(name) && typeof inside === "string" && !inside.startsWith(`${location.origin}/`) ? ELSEWHERE : ours(inside),
  ]);
  return Object.fromEntries(entries) as T;
}

function Drawn({ message, pictures }: { message: Message; pictures: Pictures }) {
  switch (message.type) {
    case "template":
      return message.template ? <TemplateMessage template={message.template} tap={still} /> : null;
    case "flex":
      return message.contents ? <FlexMessage contents={message.contents} tap={still} /> : null;
    case "sticker":
      return <img class="line-sticker" alt={`${message.packageId}/${message.stickerId}`} src={pictures(message.stickerId ?? "")} />;
    default:
      return <p class="line-words">{message.text}</p>;
  }
}

/** Fill `place` with these messages and the answers offered under the last. */
export function draw(place: HTMLElement, sent: readonly Message[], pictures: Pictures): void {
  const messages = sent.map(ours);
  const offered = messages.at(-1)?.quickReply?.items ?? [];
  render(
    <>
      {messages.map((message, index) => (
        <Drawn key={index} message={message} pictures={pictures} />
      ))}
      {offered.length > 0 && (
        <div class="line-offered">
          {offered.map((item, index) => (
            <span key={index}>{item.action.label}</span>
          ))}
        </div>
      )}
    </>,
    place,
  );
}
