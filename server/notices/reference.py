"""Every value that a template may speak of, with its type, what it is, and how it looks: the page of values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from server.notices import values, wording
from server.notices.clock import Calendar
from server.notices.samples import sample
from server.notices.values import Shop, Values
from server.notices.wording import Setting, Words

DESCRIBED: Mapping[str, str] = {
    "customer.called": "How a letter calls the customer: with 様, or their own honorific",
    "customer.name": "The whole name",
    "customer.family_name": "Family name",
    "customer.given_name": "Given name",
    "customer.company": "Company",
    "customer.rank": "Member rank, in the shop's words",
    "order.number": "Order number",
    "order.shop": "The shop or branch that the source names",
    "order.at": "When it was placed",
    "order.lines": "The articles: {% for line in order.lines %} … {% endfor %}",
    "line.name": "Name of the article",
    "line.sku": "SKU",
    "line.quantity": "How many",
    "line.price": "Price of one",
    "line.sum": "Price of all",
    "order.currency": "Currency",
    "order.total": "What it comes to, with tax",
    "order.tax": "Tax in it",
    "order.shipping": "Shipping",
    "order.discount": "Discount",
    "order.paid": "Paid so far",
    "order.refunded": "Given back so far",
    "order.gift": "Whether it is a gift: {% if order.gift %}",
    "order.recipient": "Whose door it goes to",
    "order.url": "Address of the order in the shop",
    "parcel.carrier": "Carrier, by its name",
    "parcel.tracking_number": "Tracking number",
    "parcel.tracking_url": "Address where the parcel can be followed",
    "parcel.planned_at": "When it shall leave",
    "parcel.shipped_at": "When it left",
    "parcel.expected_at": "When it shall arrive",
    "parcel.delivered_at": "When it arrived",
    "money.method": "Way of paying, in the source's words",
    "money.amount": "Amount of this payment, refund or return",
    "money.due_at": "Until when it is to be paid",
    "money.at": "When it was paid or given back",
    "money.reason": "Reason of a return",
    "subscription.name": "What comes again and again",
    "subscription.currency": "Currency",
    "subscription.amount": "What one delivery costs",
    "subscription.next_at": "The next delivery",
    "subscription.url": "Where it can be changed",
    "happening.title": "Of something elsewhere: its title; of an article that is back: its name",
    "happening.text": "Its text",
    "happening.sku": "SKU of the article that is back",
    "happening.url": "Its address",
    "happening.at": "When it happened",
    "shop.name": "Name of the shop",
    "shop.footer": "The mails' footer",
    "shop.legal": "Who sends advertising",
    "shop.seller": "The lines that the law wants of who sells at a distance",
    "shop.color": "The shop's colour",
    "others": "Further notices in the same letter, each with order, parcel, money and subscription",
    "corrected": "Whether something else was told before: {% if corrected %}",
    "unsubscribe_url": "Where advertising is ended",
}
"""In English words of the catalogue."""


class Known(NamedTuple):
    """One value: its type and what it is (English words of the catalogue), how it is used, and what that makes."""

    use: str
    kind: str
    words: str
    example: str


def all(language: str, now: datetime) -> list[Known]:
    """Every value, in the order of the page."""
    made = sample("full", language, now)
    order = made.matter.order
    assert order is not None
    legal = "緑茶堂 東京都千代田区1-1" if language == "ja" else "Green Tea, 1-1 Chiyoda, Tokyo"
    shop = Shop(name="緑茶堂" if language == "ja" else "Green Tea", footer="03-0000-0000", legal=legal, seller=legal)
    parts = {
        part: values.of(made.matter, subject, customer=made.customer, language=language, shop=shop,
                        unsubscribe_url="https://…")
        for part, subject in (("parcel", f"shipment:{order.shipments[0].external_id}"),
                              ("money", f"payment:{order.payments[0].external_id}"))
    }  # fmt: skip
    setting = Setting(language, ZoneInfo("Asia/Tokyo"), Calendar())
    return [_known(name, parts["money" if name.startswith("money") else "parcel"], setting) for name in DESCRIBED]


def names(kind: type = Values) -> set[str]:
    """What templates may name, flat: of lists, what stands in them under `line`."""
    return set(_flat(values.known(kind)))


def _flat(known: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, inner in known.items():
        path = f"{before}{name}"
        if name == "lines" and inner is not None:
            yield path
            yield from (f"line.{each}" for each in inner)
        elif inner is None or name == "others":
            yield path
        else:
            yield from _flat(inner, f"{path}.")


def _known(name: str, said: Values, setting: Setting) -> Known:
    path = name.split(".")
    value: Any = said.order.lines[0] if path[0] == "line" else said
    for part in path[1:] if path[0] == "line" else path:
        value = getattr(value, part)
    filters = ("日付", "円") if setting.language == "ja" else ("day", "money")
    kind, filter = "text", ""
    if isinstance(value, datetime) or (value is None and name.endswith("_at")):
        kind, filter = "time", f" | {filters[0]}"
    elif isinstance(value, Decimal):
        kind, filter = "amount", f" | {filters[1]}"
    elif isinstance(value, bool | int | tuple):
        kind = {bool: "yes or no", int: "number", tuple: "list"}[type(value)]
    use = f"{{{{ {name}{filter} }}}}"
    if kind in ("list", "yes or no"):
        return Known(name, kind, DESCRIBED[name], "")
    around = f"{{% for line in order.lines[:1] %}}{use}{{% endfor %}}" if path[0] == "line" else use
    return Known(use, kind, DESCRIBED[name], wording.fill(Words("", around), said, setting, {}).text.strip())
