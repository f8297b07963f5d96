"""Stop of use: what other systems are told of somebody who stopped it."""

from __future__ import annotations

import pytest

from server import customers
from server.customers.identity import merging
from server.customers.rights import stops
from server.database import Transaction
from server.errors import Conflict, Invalid, NotFound
from server.files import Files
from server.webhooks import kinds
from server.webhooks.kinds import Happening
from tests.desks import TestDesk
from tests.privacy import life


def kept_back(tx: Transaction) -> set[str]:
    """The things of the story that webhooks keep to themselves."""
    ticket = tx.value("SELECT min(number) FROM ticket")
    message = tx.value("SELECT min(id) FROM message")
    customer = tx.value("SELECT customer_id FROM ticket WHERE number = :number", number=ticket)
    order = tx.value("SELECT min(id) FROM orders")
    interaction = tx.value("SELECT min(id) FROM interaction")
    found = [
        Happening("customer.updated", "", "customer", customer),
        Happening("order.updated", "", "order", order),
        Happening("ticket.updated", "", "ticket", ticket),
        Happening("message.received", "", "message", message),
        Happening("interaction.created", "", "interaction", interaction),
        Happening("customer.stop.updated", "", "customer", customer),
        Happening("customer.erased", "", "customer", customer),
    ]
    return {one.kind for one in found if kinds.is_kept_back(tx, one)}


async def test_webhooks_tell_only_of_the_stop_and_of_an_erasure(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    assert await desk.database.read(kept_back) == set()
    await desk.database.write(stops.stop, desk.agent, customer, "disclosure")
    assert await desk.database.read(kept_back) == {
        "customer.updated", "order.updated", "ticket.updated", "message.received", "interaction.created"
    }  # fmt: skip
    await desk.database.write(stops.lift, desk.agent, customer, "disclosure")
    assert await desk.database.read(kept_back) == set()
    history = await desk.database.read(stops.history, customer)
    assert [(one.purpose, one.lifted_by) for one in history][:1] == [("disclosure", desk.agent.actor)]


async def test_a_stop_is_of_a_known_purpose_and_a_customer_that_is_there(desk: TestDesk) -> None:
    with pytest.raises(NotFound):
        await desk.database.write(stops.stop, desk.agent, 99, "all")
    customer = (await desk.thread((await desk.hear("こんにちは")).ticket)).ticket.customer.id
    with pytest.raises(Invalid):
        await desk.database.write(stops.stop, desk.agent, customer, "everything")  # type: ignore[arg-type]
    await desk.database.write(stops.stop, desk.agent, customer, "all")
    assert len(await desk.database.write(stops.stop, desk.agent, customer, "all")) == 1
    assert (await desk.database.read(customers.view, customer)).stops == ["all"]


async def test_an_erased_customer_is_merged_with_nobody(desk: TestDesk) -> None:
    first = (await desk.thread((await desk.hear("一", sender="a@x.example")).ticket)).ticket.customer.id
    second = (await desk.thread((await desk.hear("二", sender="b@x.example")).ticket)).ticket.customer.id
    await desk.database.write(
        lambda tx: tx.run("UPDATE customer SET erased_at = :now WHERE id = :id", now=tx.now, id=second)
    )
    with pytest.raises(Conflict):
        await desk.database.write(merging.merge, desk.agent, first, second)
