"""Erasure: after it nothing of the person stands anywhere, and what must be kept is kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import SQLModel

from channels.wording import say
from server import customers
from server.customers.rights import requests, rules, stops
from server.customers.store import batch
from server.database import Database
from server.database.schema import import_models
from server.errors import Conflict, Forbidden, Invalid, NotFound
from server.files import Files
from server.privacy import erasing, foreseeing, keeper
from server.privacy.emptying import WORDS
from server.privacy.keeper import Keeper
from tests.desks import TestDesk
from tests.privacy import life


async def asked(desk: TestDesk, customer: int, *, waiting_days: int = 0) -> int:
    """A decided erasure; its number."""
    await desk.database.write(rules.decide, desk.agent, {"waiting_days": waiting_days})
    request = await desk.database.write(
        requests.note, desk.agent, "erasure", customer=customer, identity="免許証", requester="磯野 鱒江"
    )
    await desk.database.write(erasing.decide, desk.agent, request.id, str(customer))
    return request.id


async def test_every_table_of_people_is_in_the_story(desk: TestDesk, files: Files) -> None:
    """Who adds a table says here whether it holds people's data; if it does, the story has to fill it."""
    await life.live(desk, files)
    import_models()
    marked = set(await desk.database.read(life.marked))
    unmarked = {table.name for table in SQLModel.metadata.sorted_tables} - marked
    assert unmarked <= set(life.NOBODYS), unmarked - set(life.NOBODYS)


async def test_nothing_of_an_erased_person_stands_anywhere(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    stood = sorted(path.name for path in files.folder.glob("??/??/*") if life.in_bytes(path.read_bytes()))
    assert stood, "the story has a file"
    await Keeper(desk.database, files).erase(await asked(desk, customer))
    assert await desk.database.read(life.marked) == {}
    assert [path for path in files.folder.glob("??/??/*") if life.in_bytes(path.read_bytes())] == []
    if desk.database.engine.dialect == "sqlite":
        path = desk.database.engine.path
        assert life.in_bytes(path.read_bytes()) == set()
        assert life.in_bytes(path.with_name(path.name + "-wal").read_bytes()) == set()


async def test_what_must_be_kept_is_kept_and_the_desk_goes_on(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    number = await desk.database.read(lambda tx: tx.value("SELECT min(number) FROM ticket"))
    request = await asked(desk, customer)
    await Keeper(desk.database, files).erase(request)
    kept = await desk.database.read(
        lambda tx: tx.all("SELECT number, total, buyer FROM orders WHERE customer_id = :id", id=customer)
    )
    assert [(row.number, row.total, row.buyer) for row in kept] == [("R-1001", 55_000_000, {})]
    assert await desk.database.read(lambda tx: tx.value("SELECT count(*) FROM payment")) == 1
    thread = await desk.thread(number)
    assert [message.text for message in thread.messages][:1] == [say(thread.ticket.language, WORDS["erasure"])]
    view = await desk.database.read(customers.view, customer)
    assert (view.erased_at is not None, view.family_name, view.stops) == (True, "", ["all", "lists"])
    done = await desk.database.read(requests.view, request)
    assert (done.state, done.requester) == ("done", "")
    assert done.progress["counts"]["files"] == 1
    # Somebody else's ticket still reads, without their name.
    others = [await desk.thread(each) for each in await desk.listed() if each != number]
    assert any("共有します" in message.text for each in others for message in each.messages)


async def test_sources_do_not_bring_an_erased_person_back(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    await Keeper(desk.database, files).erase(await asked(desk, customer))
    again = [{**fact, "revision": 99} for fact in life._facts() if fact["kind"] == "customer"]
    told = await desk.database.write(batch.tell_all, desk.agent, batch.read(again), 0)
    assert [one.learned.outcome for one in told if one.learned] == ["stale", "stale"]
    assert await desk.database.read(life.marked) == {}


async def test_who_writes_again_is_somebody_new(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    await Keeper(desk.database, files).erase(await asked(desk, customer))
    accepted = await desk.hear("もう一度お願いします", sender=life.MAIL)
    fresh = (await desk.thread(accepted.ticket)).ticket.customer.id
    assert fresh != customer


async def test_a_killed_erasure_goes_on_where_it_was(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    request = await asked(desk, customer)
    for _ in range(3):
        await desk.database.write(erasing.advance, request)
    assert (await desk.database.read(requests.view, request)).state == "running"
    await Keeper(desk.database, files).round()
    assert await desk.database.read(life.marked) == {}


async def test_until_its_day_an_erasure_waits_and_can_be_called_off(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    request = await asked(desk, customer, waiting_days=7)
    waiting = await desk.database.read(requests.view, request)
    assert waiting.state == "waiting" and waiting.run_at is not None
    assert timedelta(days=6) < waiting.run_at - life.moment() <= timedelta(days=7)
    assert "all" in await desk.database.read(stops.standing, customer)
    await Keeper(desk.database, files).round()
    assert "contact" in await desk.database.read(life.marked)
    with pytest.raises(NotFound):
        await desk.database.write(erasing.advance, request)
    called_off = await desk.database.write(erasing.call_off, desk.agent, request)
    assert called_off.state == "open"
    assert "all" not in await desk.database.read(stops.standing, customer)
    assert "lists" in await desk.database.read(stops.standing, customer)


async def test_a_decision_needs_the_right_number_and_a_checked_identity(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    request = await desk.database.write(requests.note, desk.agent, "erasure", customer=customer)
    with pytest.raises(Invalid):
        await desk.database.write(erasing.decide, desk.agent, request.id, str(customer))
    await desk.database.write(requests.change, desk.agent, request.id, identity="本人確認書類")
    with pytest.raises(Invalid):
        await desk.database.write(erasing.decide, desk.agent, request.id, "yes")
    with pytest.raises(Forbidden):
        await desk.database.write(erasing.decide, await desk.colleague(), request.id, str(customer))
    with pytest.raises(Conflict):
        await desk.database.write(requests.close, desk.agent, request.id, "done")
    await desk.database.write(erasing.decide, desk.agent, request.id, str(customer))


async def test_the_preview_says_what_goes_what_stays_and_why(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    seen = await desk.database.read(foreseeing.preview, customer)
    goes = {line.what: line.many for line in seen.goes}
    assert goes["files"] == 1 and goes["old_orders"] == 1 and goes["contacts"] >= 4 and goes["drafts"] == 1
    stays = {stay.what: stay for stay in seen.stays}
    assert (stays["orders"].many, stays["orders"].reason) == (1, "books")
    assert stays["orders"].until is not None and stays["orders"].until.year == 2036
    assert len(seen.customers) == 3 and seen.sources == ["crm", "shop"]
    assert seen.confirm == str(customer)


async def test_erasing_one_leaves_a_like_address_alone(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    await desk.hear("私は別人です", sender=f"x{life.MAIL}", name="別の人")
    await Keeper(desk.database, files).erase(await asked(desk, customer))
    kept = await desk.database.read(lambda tx: tx.all("SELECT address FROM contact WHERE kind = 'email'"))
    assert f"x{life.MAIL}" in {row.address for row in kept}


async def test_two_processes_at_one_erasure_do_no_harm(database: Database, desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    await asked(desk, customer)
    other = Database(database.engine)
    try:
        await asyncio.gather(Keeper(database, files).round(), Keeper(other, files).round())
    finally:
        await other.close()
    assert await desk.database.read(life.marked) == {}
    assert await desk.database.read(keeper.night_due) is False
