"""What cannot be read or filed is kept with its reason, hurts nobody else, and is filed once it can be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.database import Transaction
from server.errors import Conflict, NotFound
from server.inbox import arrivals, filing
from tests.desks import ScriptedChannel, TestDesk, a_message


async def quarantined(desk: TestDesk) -> list[Any]:
    page = await desk.database.read(arrivals, state="quarantined")
    return list(page.items)


async def test_what_a_channel_cannot_read_waits_until_it_can(desk: TestDesk, scripted: ScriptedChannel) -> None:
    scripted.says["odd"] = RecursionError("deeper than anyone thought")
    accepted = await desk.accept("odd", "odd")
    assert accepted.quarantined and accepted.ticket is None
    (kept,) = await quarantined(desk)
    assert (kept.reason, kept.tries) == ("RecursionError", 1)
    assert "deeper than anyone thought" in kept.error
    # the network offers it again: it is known
    again = await desk.accept("odd", "odd")
    assert again.repeated and again.quarantined and again.arrival_id == accepted.arrival_id
    # somebody tries without having mended anything
    assert (await desk.inbox.retry(kept.id)).quarantined
    assert (await quarantined(desk))[0].tries == 2
    # the fix
    scripted.says["odd"] = [a_message("読めました。", external_id="odd")]
    retried = await desk.inbox.retry(kept.id)
    assert retried.ticket is not None and not retried.quarantined
    assert (await desk.thread(retried.ticket)).messages[0].text == "読めました。"
    assert await quarantined(desk) == []
    with pytest.raises(Conflict):
        await desk.inbox.retry(kept.id)
    assert len(await desk.listed()) == 1


async def test_a_unit_that_raises_takes_nobody_with_it(
    desk: TestDesk, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = filing.CARRY_OUT[type(a_message("x"))]

    def careless(tx: Transaction, account: Any, arrival_id: int, message: Any, files: Any) -> int | None:
        number = real(tx, account, arrival_id, message, files)
        if "bad" in message.text:
            raise ZeroDivisionError("nobody divides here")
        return number

    monkeypatch.setitem(filing.CARRY_OUT, type(a_message("x")), careless)
    texts = [f"{'bad' if n % 5 == 0 else 'good'} {n}" for n in range(40)]
    accepted = await asyncio.gather(
        *[desk.hear(text, external_id=f"m{n}", sender=f"c{n}@customer.example") for n, text in enumerate(texts)]
    )
    assert [one.quarantined for one in accepted] == [text.startswith("bad") for text in texts]
    kept = await quarantined(desk)
    assert {one.reason for one in kept} == {"filing"} and len(kept) == 8
    assert all("nobody divides here" in one.error for one in kept)
    assert len(await desk.listed()) == 32, "half a filing leaves nothing behind"
    monkeypatch.undo()
    retried = await asyncio.gather(*[desk.inbox.retry(one.id) for one in kept])
    assert all(one.ticket for one in retried)
    assert len(await desk.listed()) == 40 and await quarantined(desk) == []


async def test_two_who_retry_at_once_file_it_once(desk: TestDesk, scripted: ScriptedChannel) -> None:
    scripted.says["odd"] = ValueError("no")
    kept = await desk.accept("odd", "odd")
    scripted.says["odd"] = [a_message("now", external_id="odd")]
    outcomes = await asyncio.gather(*[desk.inbox.retry(kept.arrival_id) for _ in range(4)], return_exceptions=True)
    assert all(isinstance(one, Conflict) or not isinstance(one, BaseException) for one in outcomes), outcomes
    (number,) = await desk.listed()
    assert len((await desk.thread(number)).messages) == 1


async def test_an_arrival_that_never_was_cannot_be_tried_again(desk: TestDesk) -> None:
    with pytest.raises(NotFound):
        await desk.inbox.retry(12345)
