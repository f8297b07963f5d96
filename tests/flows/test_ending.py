"""How somebody stops being led: what the change feed tells, and a colleague who takes the ticket."""

from __future__ import annotations

from server import tickets
from server.database import Transaction
from server.tickets import TicketEdit
from tests.desks import TestDesk
from tests.flows.test_running import Led
from tests.flows.worlds import sample


def moves(tx: Transaction, number: int) -> list[str]:
    rows = tx.all("SELECT data FROM change WHERE ticket_number = :n AND kind = 'flow.moved' ORDER BY seq", n=number)
    return [row.data["state"] for row in rows]


async def test_a_colleague_who_takes_the_ticket_ends_the_flow_with_a_note_of_what_was_said(desk: TestDesk) -> None:
    led = Led(desk)
    await led.publish(sample())
    number = await led.say("こんにちは")
    await led.tap(number, "注文の状況")
    await led.say("A-7")
    assert await desk.database.read(moves, number) == ["on"]
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(priority="high"))
    await led.flows.look()
    assert await desk.database.read(moves, number) == ["on"], "the ticket is nobody's yet"
    await desk.database.write(tickets.accept, desk.agent, number)
    await led.flows.look()
    assert await desk.database.read(moves, number) == ["on", "joined"]
    thread = await desk.thread(number)
    (note,) = [one.text for one in thread.messages if one.kind == "note"]
    assert "担当者が対応を開始しました。" in note and "ご注文番号: A-7" in note
    assert thread.ticket.status == "active"
    said = await led.told(number)
    await led.say("hana@customer.example")
    assert await led.told(number) == said
    other = await led.say("担当者に相談する", conversation="line:U9")
    assert await desk.database.read(moves, other) == ["on", "handed"]
