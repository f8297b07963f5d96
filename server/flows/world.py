"""The desk as a flow sees it, inside one unit of work: articles, orders, hours, the customer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from channels.wording import say
from server.accounts import desk_settings
from server.answers import enclosing
from server.answers import settings as answer_settings
from server.answers.opening import opening
from server.answers.speaking import FileLinks
from server.customers import segments
from server.customers.orders import queries as orders
from server.customers.orders import tracking
from server.customers.orders.views import OrderView, ShipmentView
from server.database import Transaction
from server.faq.queries import LiveArticle
from server.faq.views import Content, Match, text_for, title
from server.flows.steps import Lang
from server.flows.talk import Answer, Matched, Order, Wanted

Day = Callable[[datetime, str], str]
LEAST_SHOWN = 0.12
"""An article is shown as one that may be meant only from this confidence on."""
MOST_TRIES = 6
"""Orders that one customer may ask for in an hour, and how often one mail address or number may be asked for."""
ORDER_WORDS = {
    "placed": "Order received",
    "confirmed": "Order confirmed",
    "preparing": "Being prepared for shipping",
    "shipped": "Sent off",
    "delivered": "Delivered to you",
    "cancelled": "Order cancelled",
    "returned": "Returned to us",
}
PARCEL_WORDS = {
    "planned": "Getting ready",
    "shipped": "Being carried",
    "delivering": "Out for delivery",
    "delivered": "Delivered to you",
    "failed": "Could not be delivered",
    "returned": "Returned to us",
}
CARRIERS = {
    "japanpost": "Japan Post",
    "yamato": "Yamato Transport",
    "sagawa": "Sagawa Express",
    "seino": "Seino Transportation",
    "fukutsu": "Fukuyama Transporting",
    "dhl": "DHL",
    "fedex": "FedEx",
    "usps": "USPS",
    "ups": "UPS",
}


class DeskWorld:
    """`found` is what the articles said to each text that they were asked for; None: nobody may ask them here.

    `who` is a digest of whom tries of orders are counted for; empty where nothing may be kept (a preview). `files`
    gives the addresses of articles' files, which stand under their answers.
    """

    def __init__(
        self,
        tx: Transaction,
        *,
        channel: str,
        shop: str,
        customer: int | None,
        team: int | None,
        who: str,
        found: Mapping[str, Match],
        files: FileLinks | None = None,
    ) -> None:
        self._tx = tx
        self._channel = channel
        self._shop = shop
        self._customer = customer
        self._team = team
        self._who = who
        self._found = found
        self._files = files
        self._zone = desk_settings.read(tx).zone

    def article(self, id: int, lang: Lang) -> Answer | None:
        """A published article that holds here today, in this shop, and is for customers."""
        row = self._tx.first("SELECT id, live, live_version FROM article WHERE id = :id", id=id)
        if row is None or row.live_version is None:
            return None
        content = msgspec.convert(row.live, Content)
        live = LiveArticle(row.id, row.live_version, content)
        if not live.holds(self._today(), self._channel, self._shop, internal=False):
            return None
        words = content.words.get(lang)
        text = text_for(content, lang, self._channel)
        if text and self._files is not None:
            linked = enclosing.listed(lang, enclosing.all_linked(self._tx, id, content, self._files))
            text = "\n\n".join(filter(None, (text, linked)))
        return Answer(id, words.question if words is not None else title(content), text) if text else None

    def match(self, text: str, lang: Lang) -> Matched:
        """What the articles say. Raises `Wanted` when they were not asked yet."""
        if text not in self._found:
            raise Wanted(text)
        match = self._found[text]
        if match.decision == "none":
            return Matched(False)
        wanted = match.entries[:1] if match.decision == "answer" else match.entries[:3]
        answers = [self.article(int(entry.id), lang) for entry in wanted if entry.confidence >= LEAST_SHOWN]
        return Matched(match.decision == "answer", tuple(answer for answer in answers if answer is not None))

    def order(self, number: str, mail: str, lang: Lang) -> Order | Literal["missing", "wait"]:
        """Only for whoever knows both; each try counts for who asks, for the mail address and for the number."""
        key = tracking.key(number)
        if self._who and not self._may_try((self._who, f"mail:{mail}", f"number:{key}")):
            return "wait"
        customer = orders.buyer(self._tx, number, mail)
        if customer is None:
            return "missing"
        found = [one for one in orders.find(self._tx, number) if one.customer == customer and one.known]
        own = [one for one in found if tracking.key(one.number) == key]
        return _told(own[0], lang, self._day) if own else "missing"

    def is_open(self) -> bool:
        """Whether the team's hours, or the desk's, are on."""
        return opening(answer_settings.read(self._tx).opening.of(self._team), self._tx.now, self._zone).open

    def is_known(self) -> bool:
        """Whether there is an order, an earlier ticket or another way to reach them."""
        if self._customer is None:
            return False
        return bool(
            self._tx.value(
                "SELECT 1 WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = :id)"
                " OR (SELECT count(*) FROM ticket WHERE customer_id = :id) > 1"
                " OR (SELECT count(*) FROM contact WHERE customer_id = :id) > 1",
                id=self._customer,
            )
        )

    def in_segment(self, segment: int) -> bool:
        """Whether the customer is in a segment."""
        if self._customer is None:
            return False
        return any(one.id == segment for one in segments.of(self._tx, self._customer))

    def _may_try(self, about: tuple[str, ...]) -> bool:
        """Whether none of these was tried too often in the last hour; the try is counted."""
        since, digests = self._tx.now - timedelta(hours=1), [_digest(one) for one in about]
        self._tx.run("DELETE FROM flow_try WHERE at < :since", since=since)
        tried = [self._tx.value("SELECT count(*) FROM flow_try WHERE what = :what", what=one) for one in digests]
        if max(tried) >= MOST_TRIES:
            return False
        for one in digests:
            self._tx.insert("flow_try", what=one, at=self._tx.now)
        return True

    def _today(self) -> date:
        return self._tx.now.astimezone(self._zone).date()

    def _day(self, moment: datetime, lang: str) -> str:
        day = moment.astimezone(self._zone)
        return f"{day.year}年{day.month}月{day.day}日" if lang == "ja" else f"{day:%b} {day.day}, {day.year}"


def _digest(what: str) -> str:
    return hashlib.sha256(what.encode()).hexdigest()


def _told(order: OrderView, lang: Lang, day: Day) -> Order:
    lines = [
        say(
            lang,
            "Order {number}: {state}",
            number=order.number,
            state=say(lang, ORDER_WORDS.get(order.status, "Order received")),
        ),
        say(lang, "Ordered on {day}", day=day(order.ordered_at, lang)),
    ]
    if order.payment in ("unpaid", "partly") and order.status not in ("cancelled", "returned"):
        lines.append(say(lang, "We are waiting for the payment."))
    lines += [line for parcel in order.shipments for line in _parcel(parcel, lang, day)]
    return Order(order.number, order.status, tuple(lines))


def _parcel(parcel: ShipmentView, lang: Lang, day: Day) -> list[str]:
    carrier = say(lang, CARRIERS[parcel.carrier]) if parcel.carrier in CARRIERS else parcel.carrier
    name = " ".join(filter(None, (carrier, parcel.tracking_number))) or say(lang, "Parcel")
    state = say(lang, PARCEL_WORDS.get(parcel.status, "Getting ready"))
    if parcel.status in ("planned", "shipped", "delivering") and parcel.expected_at is not None:
        state = say(lang, "{state}, expected on {day}", state=state, day=day(parcel.expected_at, lang))
    elif parcel.status == "delivered" and parcel.delivered_at is not None:
        state = say(lang, "{state} on {day}", state=state, day=day(parcel.delivered_at, lang))
    return [f"{name}: {state}", *([parcel.url] if parcel.url else [])]
