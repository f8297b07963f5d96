"""Rows of orders for a spreadsheet: one for each line, with what is of the whole order in each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from channels import numbers
from channels.wording import say
from server.customers.attributes import AttributeView
from server.customers.exports import whose
from server.customers.orders import money
from server.database import Transaction

_WHOLE = ("Order number", "Day of the order", "Shop", "State of the order", "State of the payment", "Customer number")
_PERSON = ("Name", "Reading (kana)", "Mail address", "Telephone", "Postal code", "Prefecture", "City",
           "Street and building")  # fmt: skip
_LINE = ("Article number (SKU)", "Article bought", "Quantity", "Unit price", "Amount of the line")
_SUMS = ("Total of the order", "Tax", "Shipping fee", "Discount", "Means of payment", "Carrier", "Tracking number",
         "Day of shipping", "Note")  # fmt: skip
LABELS: tuple[tuple[str, dict[str, Any]], ...] = (
    *((label, {}) for label in _WHOLE),
    *((f"Buyer: {label}", {}) for label in _PERSON),
    *((f"Recipient: {label}", {}) for label in _PERSON),
    *((label, {}) for label in (*_LINE, *_SUMS)),
)
STATES = {
    "placed": "Placed", "confirmed": "Confirmed", "preparing": "Preparing", "shipped": "Shipped off",
    "delivered": "Delivered", "cancelled": "Cancelled", "returned": "Returned",
}  # fmt: skip
PAYMENTS = {
    "unpaid": "Unpaid",
    "partly": "Partly paid",
    "paid": "Paid",
    "refunded": "Refunded",
    "failed": "Payment failed",
}


def rows(
    tx: Transaction,
    after: int,
    many: int,
    *,
    own: Sequence[AttributeView],
    ids: Sequence[int] | None,
    segment: int | None,
    language: str,
    zone: ZoneInfo,
) -> tuple[list[list[Any]], int | None]:
    """The lines of the orders after an id, and the last order; None when there are no more."""
    condition, values = whose.where(tx, ids, segment)
    everybody = ids is None and segment is None
    condition = f"(o.customer_id IS NULL OR ({condition}))" if everybody else condition
    found = tx.all(
        "SELECT o.*, s.external_id AS account FROM orders o LEFT JOIN customer c ON c.id = o.customer_id"
        " LEFT JOIN customer_value v ON v.customer_id = c.id LEFT JOIN customer_source s ON s.id = o.through_id"
        f" WHERE o.id > :after AND o.revision >= 0 AND {condition} ORDER BY o.id LIMIT :many",
        after=after,
        many=many,
        **values,
    )
    if not found:
        return [], None
    beside = _Beside(tx, [row.id for row in found])
    made = [line for row in found for line in _rows(row, beside, language, zone)]
    return made, found[-1].id if len(found) == many else None


class _Beside:
    """What belongs to some orders, in a fixed number of statements."""

    def __init__(self, tx: Transaction, ids: Sequence[int]) -> None:
        listed = ", ".join(str(each) for each in ids)
        self.lines: dict[int, list[Any]] = defaultdict(list)
        for one in tx.all(f"SELECT * FROM order_line WHERE order_id IN ({listed}) ORDER BY order_id, position"):
            self.lines[one.order_id].append(one)
        self.payments = {
            one.order_id: one for one in tx.all(f"SELECT * FROM payment WHERE order_id IN ({listed}) ORDER BY id")
        }
        self.parcels = {
            one.order_id: one for one in tx.all(f"SELECT * FROM shipment WHERE order_id IN ({listed}) ORDER BY id DESC")
        }


def _rows(row: Any, beside: _Beside, language: str, zone: ZoneInfo) -> list[list[Any]]:
    paid, parcel = beside.payments.get(row.id), beside.parcels.get(row.id)
    account = row.account or ""
    whole = [
        row.number,
        row.ordered_at.astimezone(zone),
        row.shop,
        say(language, STATES.get(row.status, row.status)),
        say(language, PAYMENTS.get(row.payment, row.payment)),
        "" if account.startswith(("order:", "row:")) else account,
        *_person(row.buyer),
        *_person(row.recipient),
    ]
    ends = [
        *(money.shown(int(getattr(row, name))) for name in ("total", "tax", "shipping", "discount")),
        paid.method if paid is not None else "",
        parcel.carrier if parcel is not None else "",
        parcel.tracking_number if parcel is not None else "",
        parcel.shipped_at.astimezone(zone) if parcel is not None and parcel.shipped_at is not None else None,
        row.note,
    ]
    lines = [
        [line.sku, line.name, line.quantity, money.shown(line.price), money.shown(line.price * line.quantity)]
        for line in beside.lines[row.id]
    ]
    return [[*whole, *line, *ends] for line in lines or [["", "", None, None, None]]]


def _person(kept: Mapping[str, Any]) -> list[str]:
    place = kept.get("address") or {}
    phone = kept.get("phone", "")
    return [
        kept.get("name", ""),
        kept.get("kana", ""),
        kept.get("email", ""),
        numbers.readable(phone) if phone else "",
        *(place.get(name, "") for name in ("postal_code", "region", "city", "street")),
    ]
