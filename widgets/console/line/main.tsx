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
export function draw(place: HTMLElement, messages: readonly Message[], pictures: Pictures): void {
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
