"""Facts of every kind, one or a thousand at a time; what is wrong with one hurts no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.customers.store import ahead, people, revisions, trade
from server.customers.store.facts import (
    CustomerFact,
    Fact,
    InteractionFact,
    Learned,
    OrderFact,
    PaymentFact,
    ReturnFact,
    ShipmentFact,
    StockFact,
    SubscriptionFact,
)
from server.database import Transaction
from server.database.types import dump
from server.errors import DeskError, Invalid
from server.events import InteractionNoted, StockChanged
from server.language import fold

MOST = 1000
"""Facts in one batch."""
AT_ONCE = 50
"""Facts of a batch in one unit of work, so that an agent's reply never waits for a thousand of them."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one item of a batch: learned, or refused with what is wrong, field by field."""

    index: int
    learned: Learned | None = None
    error: str = ""
    fields: dict[str, str] = {}


def interaction(tx: Transaction, fact: InteractionFact) -> Learned:
    """Something that happened elsewhere."""
    who = people.known(tx, fact.source, fact.customer)
    names = ("title", "text", "url", "who", "at")
    put = revisions.put(
        tx,
        "interaction",
        fact.source,
        fact.external_id,
        revisions.number(fact.revision, tx.now),
        revisions.digest(msgspec.structs.replace(fact, revision=None)),
        {
            "customer_id": who.customer,
            "through_id": who.through,
            "kind": fact.what,
            "sku": _wished(fact),
            "data": dump(fact.data),
            **{name: getattr(fact, name) for name in names},
        },
    )
    if put.counts:
        tx.record(InteractionNoted(interaction=put.id, customer=who.customer), f"source:{fact.source}")
    return Learned(
        kind="interaction",
        source=fact.source,
        external_id=fact.external_id,
        outcome=put.outcome,
        id=put.id,
        customer=who.customer,
    )


def _wished(fact: InteractionFact) -> str | None:
    """The article that a wish is about."""
    sku = fact.data.get("sku") if fact.what == WISH else None
    return fold(str(sku)).strip() or None if sku else None


def stock(tx: Transaction, fact: StockFact) -> Learned:
    """Whether an article can be had, and since when."""
    before = tx.first(
        "SELECT available, since FROM stock WHERE source = :source AND external_id = :id",
        source=fact.source,
        id=fact.external_id,
    )
    since = fact.at or tx.now
    if before is not None and before.available == fact.available:
        since = before.since
    put = revisions.put(
        tx,
        "stock",
        fact.source,
        fact.external_id,
        revisions.number(fact.revision, tx.now),
        revisions.digest(msgspec.structs.replace(fact, revision=None)),
        {
            "sku": fold(fact.external_id).strip(),
            "name": fact.name,
            "url": fact.url,
            "available": fact.available,
            "since": since,
        },
    )
    if put.counts and (before is None or before.available != fact.available):
        tx.record(StockChanged(stock=put.id, available=fact.available), f"source:{fact.source}")
    return Learned(kind="stock", source=fact.source, external_id=fact.external_id, outcome=put.outcome, id=put.id)


WISH = "wish"
"""What an interaction is called by which a customer asks to be told when an article can be had again."""
KINDS: dict[str, tuple[type[Any], Callable[[Transaction, Any], Learned]]] = {
    "customer": (CustomerFact, people.learn),
    "order": (OrderFact, trade.order),
    "payment": (PaymentFact, trade.payment),
    "shipment": (ShipmentFact, trade.shipment),
    "return": (ReturnFact, trade.goods_return),
    "subscription": (SubscriptionFact, trade.subscription),
    "interaction": (InteractionFact, interaction),
    "stock": (StockFact, stock),
}
_ABOUT = {"missing required": "is missing", "contains unknown": "is not known here"}
_ABOUT_A_FIELD = re.compile(r"Object (?P<what>missing required|contains unknown) field (?P<name>\S+)")
_BY_SHAPE = {shape: learn for shape, learn in KINDS.values()}


def tell(tx: Transaction, agent: AgentView, fact: Fact | PaymentFact | ShipmentFact | ReturnFact) -> Learned:
    """One fact. Raises `Invalid`, and then nothing was written."""
    require(agent, "agent")
    return _BY_SHAPE[type(fact)](tx, fact)


def read(items: Sequence[Any]) -> list[Any]:
    """The items of a batch as facts; in the place of one that cannot be read, what is wrong with it."""
    return [_read(item) for item in items]


def tell_all(tx: Transaction, agent: AgentView, facts: Sequence[Any], first: int) -> list[Told]:
    """A stretch of a batch, whose first item has the index `first`; each is learned or refused by itself."""
    require(agent, "agent")
    told: list[Told] = []
    with ahead.looking(tx, facts):
        for index, fact in enumerate(facts, first):
            try:
                if isinstance(fact, DeskError):
                    raise fact
                told.append(Told(index=index, learned=_BY_SHAPE[type(fact)](tx, fact)))
            except DeskError as error:
                fields = error.fields if isinstance(error, Invalid) else {}
                told.append(Told(index=index, error=str(error), fields=fields))
    return told


def _read(item: Any) -> Any:
    if not isinstance(item, dict):
        return Invalid("This is no object.")
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return Invalid(fields={"kind": "is not one of the choices"})
    shape, _ = KINDS[kind]
    try:
        return msgspec.convert({name: value for name, value in item.items() if name != "kind"}, shape)
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$.")
        place, words = place.rstrip("`"), words.replace("`", "")
        if found := _ABOUT_A_FIELD.fullmatch(words):
            place, words = ".".join(filter(None, (place, found["name"]))), _ABOUT[found["what"]]
        return Invalid(fields={place or kind: words})
