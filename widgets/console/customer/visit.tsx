/** In charge of the customer's visit: whether they are on the site now, on which page, with what in the cart. */
import { now, since } from "../../shared/time";
import { t } from "../../shared/words";
import type { Visitor } from "../api/types";
import { cartWords, PageLink } from "../views/visitors";

export function Visit({ visitor }: { visitor: Visitor }) {
  void now.value;
  const { page, cart, order, typing } = visitor;
  return (
    <div class="visit">
      <p>
        <span class="badge good">{t("Online now")}</span>{" "}
        <small>{t("On the site for {time}", { time: since(visitor.since) })}</small>{" "}
        {typing && <span class="row-typing">{t("Typing…")}</span>}
      </p>
      {page && (
        <p>
          <PageLink page={page} />
        </p>
      )}
      {cart && (
        <details>
          <summary>{cartWords(cart)}</summary>
          <ul>
            {cart.items?.slice(0, 30).map((item, at) => (
              <li key={at}>
                {item.name} {item.quantity !== undefined && `× ${item.quantity}`}
              </li>
            ))}
          </ul>
        </details>
      )}
      {order && <p>{t("Order {number}", { number: order })}</p>}
    </div>
  );
}
