"""The shared store's door: other systems tell of customers, orders, shipments and what else happened."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from server.customers.store import batch
from server.customers.store.batch import Told
from server.customers.store.facts import (
    CustomerFact,
    InteractionFact,
    Learned,
    OrderFact,
    PaymentFact,
    ReturnFact,
    ShipmentFact,
    StockFact,
    SubscriptionFact,
)
from server.customers.views import View
from server.web.call import Call
from server.web.endpoints import Api
from server.web.pages import language_of
from server.web.reading import Form
from server.web.wrong import said, together

api = Api()
MOST_BYTES = 20_000_000


class BatchForm(Form, frozen=True, kw_only=True):
    """Up to 1,000 facts, each with its `kind`: customer, order, payment, shipment, return, subscription, interaction,
    stock.

    The other fields of an item are those of the endpoint of its kind.
    """

    items: Annotated[list[dict[str, Any]], Meta(max_length=batch.MOST)]


class BatchView(View, frozen=True, kw_only=True):
    """What became of each item, in their order, and how many of each outcome there were."""

    results: list[Told]
    counts: dict[str, int]


@api.post("/store/customers", "Tell of a customer", status=200, conflicts=False)
async def customer(call: Call, form: CustomerFact) -> Learned:
    """Found again by (source, external_id), else by a verified contact, else made. What is left empty stays."""
    return await call.write(batch.tell, form)


@api.post("/store/orders", "Tell of an order", status=200, conflicts=False)
async def order(call: Call, form: OrderFact) -> Learned:
    """As a whole, with its lines; of several revisions the greatest stands, in whatever order they come."""
    return await call.write(batch.tell, form)


@api.post("/store/payments", "Tell of a payment", status=200, conflicts=False)
async def payment(call: Call, form: PaymentFact) -> Learned:
    """It may come before its order."""
    return await call.write(batch.tell, form)


@api.post("/store/shipments", "Tell of a shipment", status=200, conflicts=False)
async def shipment(call: Call, form: ShipmentFact) -> Learned:
    """It may come before its order."""
    return await call.write(batch.tell, form)


@api.post("/store/returns", "Tell of a return", status=200, conflicts=False)
async def goods_return(call: Call, form: ReturnFact) -> Learned:
    """It may come before its order."""
    return await call.write(batch.tell, form)


@api.post("/store/subscriptions", "Tell of a subscription", status=200, conflicts=False)
async def subscription(call: Call, form: SubscriptionFact) -> Learned:
    """What a customer gets again and again."""
    return await call.write(batch.tell, form)


@api.post("/store/interactions", "Tell of something that happened elsewhere", status=200, conflicts=False)
async def interaction(call: Call, form: InteractionFact) -> Learned:
    """A visit, a sales note, a repair, a page seen: an entry in the customer's timeline."""
    return await call.write(batch.tell, form)


@api.post("/store/stock", "Tell whether an article can be had", status=200, conflicts=False)
async def stock(call: Call, form: StockFact) -> Learned:
    """By its SKU. Whoever wished to be told (an interaction `wish` with `data.sku`) is, once it can be had again."""
    return await call.write(batch.tell, form)


@api.post("/store/batch", "Tell of many things at once", status=200, conflicts=False, most_bytes=MOST_BYTES)
async def many(call: Call, form: BatchForm) -> BatchView:
    """Each item is learned or refused by itself. A batch that broke off is sent again as it was: nothing doubles."""
    results: list[Told] = []
    facts = batch.read(form.items)
    for first in range(0, len(facts), batch.AT_ONCE):
        stretch = facts[first : first + batch.AT_ONCE]
        # Past the call's memory: the answer is remembered when all of it is known.
        results += await call.database.write(batch.tell_all, call.agent, stretch, first)
    counts = {"new": 0, "changed": 0, "same": 0, "stale": 0, "refused": 0}
    for told in results:
        counts[told.learned.outcome if told.learned else "refused"] += 1
    language = language_of(call.request)
    return BatchView(results=[told if told.learned else _in_words(told, language) for told in results], counts=counts)


def _in_words(told: Told, language: str) -> Told:
    """A refusal in the caller's language."""
    fields = {name: said(language, words) for name, words in told.fields.items()}
    error = together(language, told.fields) if told.fields else said(language, told.error)
    return Told(index=told.index, error=error, fields=fields)
