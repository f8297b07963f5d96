/** In charge of what a customer bought, as it stands beside the ticket: what it comes to, the newest orders with their
 *  parcels' links, subscriptions. */
import { day } from "../../shared/time";
import { language, t } from "../../shared/words";
import type { Customer, Order, Purchases } from "../api/customers";
import { showDialog } from "../ui/dialog";
import { StoryDialog } from "./story";

/** An amount in the way of the language that is on; the yen has no decimals. */
export function money(amount: string, currency: string): string {
  try {
    return new Intl.NumberFormat(language.value, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(
      Number(amount),
    );
  } catch {
    return `${amount} ${currency}`;
  }
}

export function orderStatus(status: string): string {
  switch (status) {
    case "placed":
      return t("Ordered");
    case "confirmed":
      return t("Confirmed");
    case "preparing":
      return t("Being prepared");
    case "shipped":
      return t("Shipped");
    case "delivered":
      return t("Delivered");
    case "cancelled":
      return t("Cancelled");
    case "returned":
      return t("Returned");
    default:
      return status;
  }
}

export function paymentStatus(status: string): string {
  switch (status) {
    case "unpaid":
      return t("Not paid");
    case "pending":
      return t("Payment pending");
    case "partly":
      return t("Partly paid");
    case "paid":
      return t("Paid");
    case "refunded":
      return t("Refunded");
    case "failed":
      return t("Payment failed");
    case "cancelled":
      return t("Cancelled");
    default:
      return status;
  }
}

export function carrierName(carrier: string): string {
  switch (carrier) {
    case "yamato":
      return t("Yamato");
    case "sagawa":
      return t("Sagawa");
    case "japanpost":
      return t("Japan Post");
    case "seino":
      return t("Seino");
    case "fukutsu":
      return t("Fukuyama");
    default:
      return carrier || t("Parcel");
  }
}

export function returnStatus(status: string): string {
  switch (status) {
    case "requested":
      return t("Return asked for");
    case "received":
      return t("Return received");
    case "refunded":
      return t("Refunded");
    default:
      return t("Return refused");
  }
}

export function Orders({ purchases, customer }: { purchases: Purchases; customer: Customer }) {
  const { orders, subscriptions, value, more } = purchases;
  const story = (
    <button type="button" class="link" onClick={() => showDialog(<StoryDialog customer={customer} />)}>
      {more ? t("All orders and everything else that happened") : t("Everything that happened")}
    </button>
  );
  if (!orders.length && !subscriptions.length)
    return (
      <>
        <p class="faint">{t("No orders.")}</p>
        {story}
      </>
    );
  return (
    <div class="orders">
      {orders.map((order) => (
        <OrderCard key={order.id} order={order} />
      ))}
      {subscriptions.map((each) => (
        <div key={each.id} class="order">
          <span class="row-first">
            <b>{each.name || t("Subscription")}</b>
            <span class="badge">
              {each.status === "active" ? t("Running") : each.status === "paused" ? t("Paused") : t("Ended")}
            </span>
            <span class="amount">{money(each.amount, each.currency)}</span>
          </span>
          {each.next_at && <small>{t("Next on {day}", { day: day(each.next_at) })}</small>}
        </div>
      ))}
      {value && (
        <dl class="worth">
          <div>
            <dt>{t("Orders")}</dt>
            <dd>{value.orders}</dd>
          </div>
          <div>
            <dt>{t("Total")}</dt>
            <dd>{money(value.spent, value.currency)}</dd>
          </div>
          <div>
            <dt>{t("Last bought")}</dt>
            <dd>{day(value.last_at)}</dd>
          </div>
          {value.recency !== null && (
            <div title={t("How lately, how often and how much; 5 is the best")}>
              <dt>RFM</dt>
              <dd>
                {value.recency}-{value.frequency}-{value.monetary}
              </dd>
            </div>
          )}
          {value.decile !== null && (
            <div>
              <dt>{t("Decile")}</dt>
              <dd>{value.decile}</dd>
            </div>
          )}
        </dl>
      )}
      {purchases.segments.length > 0 && (
        <p>
          {purchases.segments.map((name) => (
            <span key={name} class="badge">
              {name}
            </span>
          ))}
        </p>
      )}
      {story}
    </div>
  );
}

function OrderCard({ order }: { order: Order }) {
  const bad = order.status === "cancelled" || order.status === "returned";
  const goods = order.lines.map((line) => (line.quantity > 1 ? `${line.name} ×${line.quantity}` : line.name)).join("、");
  return (
    <article class="order" aria-label={t("Order {number}", { number: order.number })}>
      <span class="row-first">
        {order.url.startsWith("https://") ? (
          <a href={order.url} target="_blank" rel="noopener noreferrer" title={t("Open in the shop")}>
            {order.number}
          </a>
        ) : (
          <b>{order.number}</b>
        )}
        <span class={`badge${bad ? " bad" : order.status === "delivered" ? " good" : ""}`}>{orderStatus(order.status)}</span>
        <span class="amount">{money(order.total, order.currency)}</span>
      </span>
      <small>
        {day(order.ordered_at)} · {paymentStatus(order.payment)}
        {order.shop && ` · ${order.shop}`}
      </small>
      {goods && <span>{goods}</span>}
      {order.gift && <small>{t("A gift for {name}", { name: order.recipient.name ?? t("somebody else") })}</small>}
      {order.shipments.map((parcel) => (
        <span key={parcel.id}>
          {carrierName(parcel.carrier)}{" "}
          {parcel.url ? (
            <a href={parcel.url} target="_blank" rel="noopener noreferrer">
              {parcel.tracking_number || t("Follow the parcel")}
            </a>
          ) : (
            parcel.tracking_number
          )}{" "}
          {parcel.delivered_at ? (
            <small>{t("arrived {day}", { day: day(parcel.delivered_at) })}</small>
          ) : (
            parcel.expected_at && <small>{t("expected {day}", { day: day(parcel.expected_at) })}</small>
          )}
        </span>
      ))}
      {order.returns.map((back) => (
        <small key={back.id} class="error">
          {returnStatus(back.status)} {money(back.amount, order.currency)} {back.reason}
        </small>
      ))}
    </article>
  );
}
