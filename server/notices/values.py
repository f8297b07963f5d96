"""What templates of notices may speak of: typed values, made of a matter, and the list of them that the lint knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, get_type_hints

import msgspec

from server.accounts import desk_settings
from server.customers.orders import tracking
from server.customers.orders.views import LineView, OrderView
from server.database import Transaction
from server.notices import settings
from server.notices.matters import Matter

CARRIERS = {
    "ja": {
        "yamato": "ヤマト運輸",
        "sagawa": "佐川急便",
        "japanpost": "日本郵便",
        "seino": "西濃運輸",
        "fukutsu": "福山通運",
    },
    "en": {
        "yamato": "Yamato Transport",
        "sagawa": "Sagawa Express",
        "japanpost": "Japan Post",
        "seino": "Seino Transportation",
        "fukutsu": "Fukuyama Transporting",
        "dhl": "DHL",
        "fedex": "FedEx",
        "ups": "UPS",
        "usps": "USPS",
    },
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The customer: `called` is how a letter calls them, 山田 様 or Taro Yamada."""

    called: str = ""
    name: str = ""
    family_name: str = ""
    given_name: str = ""
    company: str = ""
    rank: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One article of an order; `price` is that of one, `sum` of all."""

    name: str
    sku: str
    quantity: int
    price: Decimal
    sum: Decimal


class OrderSaid(msgspec.Struct, frozen=True, kw_only=True):
    """The order."""

    number: str = ""
    shop: str = ""
    at: datetime | None = None
    lines: tuple[Line, ...] = ()
    currency: str = "JPY"
    total: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    gift: bool = False
    recipient: str = ""
    url: str = ""


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """The parcel that the notice is about."""

    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    planned_at: datetime | None = None
    shipped_at: datetime | None = None
    expected_at: datetime | None = None
    delivered_at: datetime | None = None


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """The payment, refund or return that the notice is about."""

    method: str = ""
    amount: Decimal = Decimal(0)
    due_at: datetime | None = None
    at: datetime | None = None
    reason: str = ""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """The subscription."""

    name: str = ""
    currency: str = "JPY"
    amount: Decimal = Decimal(0)
    next_at: datetime | None = None
    url: str = ""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """What happened elsewhere: an interaction, goods that are back, a day of the customer's own."""

    title: str = ""
    text: str = ""
    sku: str = ""
    url: str = ""
    at: datetime | None = None


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """We."""

    name: str = ""
    footer: str = ""
    legal: str = ""
    seller: str = ""
    color: str = settings.COLOR


class Besides(msgspec.Struct, frozen=True, kw_only=True):
    """What one letter tells of besides: another notice of its kind, to the same customer."""

    order: OrderSaid = OrderSaid()
    parcel: Parcel = Parcel()
    money: Money = Money()
    subscription: Running = Running()


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a template may speak of. What does not belong to its matter is empty.

    `corrected` is true where something else was told before; `others` are the notices that one letter tells of besides:
    only a template that speaks of them is sent for several at once.
    """

    customer: Person = Person()
    order: OrderSaid = OrderSaid()
    parcel: Parcel = Parcel()
    money: Money = Money()
    subscription: Running = Running()
    happening: Happening = Happening()
    shop: Shop = Shop()
    others: tuple[Besides, ...] = ()
    corrected: bool = False
    unsubscribe_url: str = ""


def known(kind: type[msgspec.Struct] = Values) -> dict[str, Any]:
    """The names a template may use, nested as they are: a name to its own names, or to None."""
    found: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        hints = (hint, *getattr(hint, "__args__", ()))
        inner = next((each for each in hints if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)
        found[name] = known(inner) if inner is not None else None
    return found


def of(
    matter: Matter,
    subject: str,
    *,
    customer: Any,
    language: str,
    shop: Shop,
    corrected: bool = False,
    others: Sequence[tuple[Matter, str]] = (),
    unsubscribe_url: str = "",
) -> Values:
    """The values of a notice about `subject` of a matter. `customer` is their row; `others` are matters, each with
    its subject, that the letter tells of besides."""
    about = _besides(matter, subject, language)
    happening = matter.interaction
    return Values(
        customer=_person(customer, language),
        order=about.order,
        parcel=about.parcel,
        money=about.money,
        subscription=about.subscription,
        happening=Happening(
            title=happening.title,
            text=happening.text,
            sku=happening.sku,
            url=happening.url,
            at=happening.at,
        )
        if happening is not None
        else Happening(),
        shop=shop,
        others=tuple(_besides(other, part, language) for other, part in others),
        corrected=corrected,
        unsubscribe_url=unsubscribe_url,
    )


def _besides(matter: Matter, subject: str, language: str) -> Besides:
    """What there is to tell of one matter."""
    part, _, external_id = subject.partition(":")
    order = matter.order
    parcel, money = Parcel(), Money()
    if order is not None and part == "shipment":
        for each in order.shipments:
            if each.external_id == external_id:
                parcel = Parcel(
                    carrier=CARRIERS["ja" if language == "ja" else "en"].get(each.carrier, each.carrier.upper()
                        if each.carrier in tracking.PAGES else each.carrier),
                    tracking_number=each.tracking_number,
                    tracking_url=each.url or "",
                    planned_at=each.planned_at,
                    shipped_at=each.shipped_at,
                    expected_at=each.expected_at,
                    delivered_at=each.delivered_at,
                )  # fmt: skip
    if order is not None and part == "payment":
        for pay in order.payments:
            if pay.external_id == external_id:
                money = Money(method=pay.method, amount=pay.amount, due_at=pay.due_at, at=pay.at)
    if order is not None and part == "return":
        for back in order.returns:
            if back.external_id == external_id:
                money = Money(amount=back.amount, at=back.at, reason=back.reason)
    running = matter.subscription
    return Besides(
        order=said(order) if order is not None else OrderSaid(),
        parcel=parcel,
        money=money,
        subscription=Running(
            name=running.name,
            currency=running.currency,
            amount=running.amount,
            next_at=running.next_at,
            url=running.url,
        )
        if running is not None
        else Running(),
    )


def said(order: OrderView) -> OrderSaid:
    """An order as templates have it."""
    plain = ("number", "shop", "currency", "total", "tax", "shipping", "discount", "paid", "refunded", "gift", "url")
    return OrderSaid(
        **{name: getattr(order, name) for name in plain},
        at=order.ordered_at,
        lines=tuple(_line(each) for each in order.lines),
        recipient=str(order.recipient.get("name") or ""),
    )


def shop_of(tx: Transaction, language: str, legal: str) -> Shop:
    """How the shop signs."""
    desk, decided = desk_settings.read(tx), settings.read(tx)
    return Shop(
        name=desk.shop(language),
        footer=desk.footer.get(language, ""),
        legal=legal,
        seller=decided.seller.get(language, ""),
        color=decided.color,
    )


def _line(line: LineView) -> Line:
    return Line(name=line.name, sku=line.sku, quantity=line.quantity, price=line.price, sum=line.price * line.quantity)


def _person(row: Any, language: str) -> Person:
    if row is None:
        return Person(called="お客様" if language == "ja" else "customer")
    name = row.name.strip()
    if language == "ja":
        called = f"{name} {row.honorific or '様'}" if name else "お客様"
    else:
        called = f"{row.honorific} {name}".strip() if row.honorific and row.honorific.isascii() else name or "customer"
    return Person(
        called=called,
        name=name,
        family_name=row.family_name,
        given_name=row.given_name,
        company=row.company,
        rank=row.member_rank,
    )
