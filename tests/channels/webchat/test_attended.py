"""Visitors learn whether somebody answers now, and see the face of who does."""

from __future__ import annotations

from server import agents, tickets
from server.agents import availability
from server.agents.pictures import Picture
from server.tickets import TicketEdit
from tests.channels.webchat.shop import Shop


async def test_a_visitor_hears_when_somebody_comes_and_when_nobody_is_left(shop: Shop) -> None:
    visitor = await shop.visitor()
    assert visitor.state["attended"] is False
    write = shop.parts.database.write
    await write(availability.lease, "process", {shop.agent.id: "online"})
    await visitor.until(lambda: ("attended", {"attended": True}) in visitor.heard)
    assert (await shop.visitor()).state["attended"] is True
    await write(availability.choose, shop.agent, "away")
    await visitor.until(lambda: ("attended", {"attended": False}) in visitor.heard)


async def test_a_visitor_sees_the_picture_of_the_agent(shop: Shop) -> None:
    visitor = await shop.visitor()
    said = await visitor.say("send", {"id": "a-question-of-mine", "text": "在庫は？"})
    digest = "a" * 64
    await shop.parts.database.write(agents.set_picture, shop.agent, shop.agent.id, Picture(digest))
    await shop.parts.database.write(
        tickets.edit, shop.agent, said["ticket"], TicketEdit(assignee=shop.agent.id), version=None
    )
    face = {"name": shop.agent.name, "picture": f"/pictures/{digest}.webp"}
    await visitor.until(lambda: any(event == "agent" and told["agent"] == face for event, told in visitor.heard))
    await shop.reply(said["ticket"], "ございます。")
    await visitor.until(lambda: any(each.get("agent") == face for each in visitor.messages.values()))
