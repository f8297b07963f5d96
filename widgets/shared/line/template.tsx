/** In charge of drawing template messages: buttons, confirm, carousels.
 *  https://developers.line.biz/en/reference/messaging-api/#template-messages */
import type { VNode } from "preact";
import type { Action, Card, Tap, Template } from "./objects";

export function TemplateMessage({ template, tap }: { template: Template; tap: Tap }): VNode {
  if (template.type === "carousel")
    return (
      <div class="tp-carousel" tabIndex={0}>
        {template.columns?.map((column, index) => (
          <CardOf key={index} card={column} look={template} tap={tap} />
        ))}
      </div>
    );
  if (template.type === "image_carousel")
    return (
      <div class="tp-carousel" tabIndex={0}>
        {template.columns?.map((column, index) => (
          <button key={index} type="button" class="tp-picture" onClick={() => column.action && tap(column.action)}>
            <img alt="" src={column.imageUrl} loading="lazy" />
            {column.action?.label ? <span>{column.action.label}</span> : null}
          </button>
        ))}
      </div>
    );
  return <CardOf card={template} look={template} tap={tap} confirm={template.type === "confirm"} />;
}

function CardOf({ card, look, tap, confirm }: { card: Card; look: Template; tap: Tap; confirm?: boolean }): VNode {
  const words = (
    <>
      {card.title ? <strong>{card.title}</strong> : null}
      <p>{card.text}</p>
    </>
  );
  return (
    <div class="tp-card">
      {card.thumbnailImageUrl ? (
        <img
          class="tp-thumbnail"
          alt=""
          loading="lazy"
          src={card.thumbnailImageUrl}
          style={{
            aspectRatio: look.imageAspectRatio === "square" ? "1" : "1.51",
            objectFit: look.imageSize === "contain" ? "contain" : "cover",
            backgroundColor: card.imageBackgroundColor,
          }}
        />
      ) : null}
      {card.defaultAction ? (
        <button type="button" class="tp-words" onClick={() => tap(card.defaultAction as Action)}>
          {words}
        </button>
      ) : (
        <div class="tp-words">{words}</div>
      )}
      <div class={confirm ? "tp-actions tp-confirm" : "tp-actions"}>
        {card.actions?.map((action, index) => (
          <button key={index} type="button" onClick={() => tap(action)}>
            {action.label}
          </button>
        ))}
      </div>
    </div>
  );
}
