/** In charge of the customer's visit: whether they are on the site now, on which page, with what in the cart. */
import { now, since } from "../../shared/time";
import { t } from "../../shared/words";
import type { Cart, Visitor } from "../api/visitors";

export function cartWords({ items, total, currency }: Cart): string {
  const many = items?.reduce((sum, item) => sum + (item.quantity ?? 1), 0) ?? 0;
  const price =
    typeof total !== "number"
      ? ""
      : currency && /^[A-Za-z]{3}$/.test(currency)
        ? new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency }).format(total)
        : String(total);
  return [t("{n} in the cart", { n: many }), price].filter(Boolean).join(" · ");
}

/** An address that a visitor's page told: only one of the web is followed. */
export function PageLink({ page }: { page: NonNullable<Visitor["page"]> }) {
  const words = page.title || page.url;
  return /^https?:\/\//.test(page.url) ? (
    <a href={page.url} title={page.url} target="_blank" rel="noopener noreferrer nofollow">
      {words}
    </a>
  ) : (
    <span title={page.url}>{words}</span>
  );
}

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
