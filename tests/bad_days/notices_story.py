"""Orders' lives, made up: what a shop's systems tell of them, when it is true, and when and how often it arrives.

A life is told at eight moments of nine days. Some facts come at a later moment than they should, so that newer ones
were there before; a third is told again, at once or days later.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

Fact = dict[str, Any]
BEGIN = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)  # Monday, 11:00 in Japan
HOUR = timedelta(hours=1)


class Moment(NamedTuple):
    """When the desk works, and whether everything is held back while it is told."""

    at: datetime
    held: bool


MOMENTS = tuple(
    Moment(BEGIN + hours * HOUR, held)
    for hours, held in ((0, True), (4, False), (12.5, True), (21.75, False), (50, True), (71.75, False), (121, True),
                        (199, True))
)  # fmt: skip
OPEN = [place for place, moment in enumerate(MOMENTS) if not moment.held]
LAST = len(MOMENTS) - 1


class Life(NamedTuple):
    """One order: its number, who bought it (the shop's id; empty for a guest), and what is told at each moment."""

    number: str
    customer: str
    mail: str
    told: list[list[Fact]]


def lives(dice: random.Random, customers: Sequence[str], events: int) -> list[Life]:
    """Lives in which so many events are told, at least."""
    found: list[Life] = []
    many = 0
    while many < events:
        life = _life(dice, len(found), customers)
        found.append(life)
        many += sum(map(len, life.told))
    return found


class _Shop:
    """What the shop's systems say of one order, each fact under the moment at which it is true."""

    def __init__(self, dice: random.Random, n: int, customers: Sequence[str]) -> None:
        self.dice, self.n = dice, n
        self.number = f"N{n}"
        guest = dice.random() < 0.15
        self.customer = "" if guest else dice.choice(customers)
        self.mail = f"guest{n}@guests.example" if guest else ""
        self.total = 1000 + n % 400 * 10
        self.begins = dice.choice((0, 0, 0, 1, 2, 3, 4))
        self.facts: list[tuple[int, Fact]] = []
        self._revision = 0
        ago = dice.choices((2.5, 5.2 * 24 + 0.4, 60.3 * 24), (20, 2, 1))[0]  # just now; late; a shop's history
        self.ordered = MOMENTS[self.begins].at - ago * HOUR

    def when(self, place: int) -> str:
        """A while before a moment."""
        return (MOMENTS[min(place, LAST)].at - 2.5 * HOUR).isoformat()

    def day(self, place: int, days: int) -> str:
        """In the afternoon, some days after a moment."""
        day = (MOMENTS[min(place, LAST)].at + days * 24 * HOUR).replace(hour=5, minute=30, second=0)
        return day.isoformat()

    def say(self, place: int, kind: str, external_id: str, **more: Any) -> None:
        """One more fact, newer than all before it."""
        self._revision += 1
        whole = {"kind": kind, "source": "shop", "external_id": external_id, "revision": self._revision, **more}
        self.facts.append((min(place, LAST), whole))

    def order(self, place: int, status: str) -> None:
        """The order as it stands."""
        buyer = {"customer": self.customer} if self.customer else {"buyer": {"name": "客", "email": self.mail}}
        self.say(place, "order", f"o{self.n}", number=self.number, ordered_at=self.ordered.isoformat(), status=status,
                 status_at=self.when(place), total=str(self.total), **buyer)  # fmt: skip

    def part(self, place: int, kind: str, name: str, **more: Any) -> None:
        """A payment, parcel or return."""
        self.say(place, kind, f"{name}{self.n}", order=f"o{self.n}", **more)


def _life(dice: random.Random, n: int, customers: Sequence[str]) -> Life:
    shop = _Shop(dice, n, customers)
    now = shop.begins
    shop.order(now, "placed")
    now = _pays(shop, now)
    if dice.random() < 0.12:
        shop.order(now + 1, "cancelled")
        if dice.random() < 0.3:
            shop.order(now + 2, "placed")
    elif dice.random() < 0.9:
        if dice.random() < 0.5:
            shop.order(now, dice.choice(("confirmed", "preparing")))
        _parcel(shop, now, "s")
        if dice.random() < 0.2:
            _parcel(shop, now + 1, "t")
    return Life(shop.number, shop.customer, shop.mail, _arrivals(dice, shop))


def _pays(shop: _Shop, now: int) -> int:
    """By card at once, or before a deadline, or never; the moment at which it goes on."""
    dice, money = shop.dice, {"amount": str(shop.total), "at": shop.when(now)}
    how = dice.choices(("card", "bank", "never", "nothing"), (3, 4, 2, 2))[0]
    if how == "card":
        shop.part(now, "payment", "p", method="card", status="paid", **money)
    elif how != "nothing":
        deadline = dice.choice((3, 4, 6))
        shop.part(now, "payment", "p", method="bank", status="pending", due_at=shop.day(now, deadline), **money)
        if dice.random() < 0.25:
            later = shop.day(now, deadline + 2)
            shop.part(
                now + dice.choice((0, 1, 2)), "payment", "p", method="bank", status="pending", due_at=later, **money
            )
        if how == "bank":
            now += dice.choice((0, 1, 2))
            paid = {**money, "at": shop.when(now)}
            if dice.random() < 0.1:
                paid["amount"] = str(shop.total // 2)
            shop.part(now, "payment", "p", method="bank", status="paid", **paid)
    return now


def _parcel(shop: _Shop, now: int, name: str) -> None:
    dice = shop.dice
    days = {"expected_at": shop.day(now, 4)} if dice.random() < 0.7 else {}
    said: dict[str, Any] = {"carrier": "ヤマト運輸", "tracking_number": "", "planned_at": shop.day(now, 1), **days}

    def tell(status: str, **more: Any) -> None:
        said.update(more, status=status)
        shop.part(now, "shipment", name, **said)

    if dice.random() < 0.7:
        tell("planned")
        if days and dice.random() < 0.3:
            now += dice.choice((0, 1))
            tell("planned", expected_at=shop.day(now, dice.choice((3, 5, 7))))
    if dice.random() < 0.15:
        return
    now += dice.choice((0, 1, 2))
    at = {} if dice.random() < 0.1 else {"shipped_at": shop.when(now)}
    tell("shipped", tracking_number=f"{name}{shop.n}-1", **at)
    if dice.random() < 0.12:
        tell("shipped", tracking_number=f"{name}{shop.n}-2")
    if days and dice.random() < 0.15:
        now += dice.choice((0, 1))
        tell("shipped", expected_at=shop.day(now, 9))
    if dice.random() < 0.3:
        now += 1
        tell("delivering")
    if dice.random() < 0.7:
        now += dice.choice((0, 1))
        tell("delivered", delivered_at=shop.when(now))
        if dice.random() < 0.1:
            amount = str(shop.total if dice.random() < 0.5 else shop.total // 3)
            now += 1
            shop.part(now, "return", f"r{name}", status="received", amount=amount, at=shop.when(now))
            shop.part(now, "payment", f"b{name}", method="bank", status="refunded", amount=amount,
                      at=shop.when(now))  # fmt: skip


def _arrivals(dice: random.Random, shop: _Shop) -> list[list[Fact]]:
    """What arrives at each moment, repeats among it. Where nothing is held back, each order has one new fact at most:
    of two, which came first would tell."""
    told: list[list[Fact]] = [[] for _ in MOMENTS]
    for true, fact in shop.facts:
        place = min(true + (dice.choice((1, 2)) if dice.random() < 0.12 else 0), LAST)
        while not MOMENTS[place].held and told[place]:
            place += 1
        told[place].append(fact)
    for place, facts in enumerate([list(each) for each in told]):
        for fact in facts:
            while dice.random() < 0.27:
                told[dice.randint(place, LAST)].append(fact)
    return told
