"""The index follows what happens at the desk: at once enough, exactly once, and through any trouble."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from channels.contract import Party, Withdrawn
from server import customers, tickets
from server.customers.actions import CustomerEdit
from server.database import Database, Transaction
from server.errors import Unavailable
from server.tickets import indexing
from server.tickets.indexing import Indexer, index_batch, prepare, rebuild, store
from tests.desks import until
from tests.tickets.search_desk import AGENT, Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@asynccontextmanager
async def following(indexer: Indexer) -> AsyncIterator[None]:
    """The indexer at work."""
    task = asyncio.create_task(indexer.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until_found(desk: Desk, query: str, numbers: list[int]) -> None:
    """Wait until a query finds just these."""
    found: list[int] = []
    async with asyncio.timeout(60):
        while found != numbers:
            found = [hit.ticket.number for hit in (await desk.database.read(tickets.search, AGENT, query)).items]


def test_a_changed_subject_is_found_and_so_is_the_one_that_the_mail_still_has(desk: Desk) -> None:
    number = desk.ticket("返品について", "こんにちは")
    assert desk.shown("返品") == ["[返品]について"]
    desk.do(tickets.edit, number, tickets.TicketEdit(subject="交換について"))
    assert desk.found("交換 こんにちは") == [number]
    assert [hit.message is None for hit in desk.page("交換").items] == [True]
    assert [hit.message is None for hit in desk.page("返品").items] == [False]


def test_a_customers_new_name_and_contact_find_all_their_tickets(desk: Desk) -> None:
    who = desk.customer("山田", "yamada@example.jp")
    numbers = [desk.ticket("件名", "あ", customer=who), desk.ticket("件名", "い", customer=who)]
    assert desk.found("山田") == numbers[::-1]
    customer = desk.database.read_now(lambda tx: tx.value("SELECT id FROM customer WHERE name = '山田'"))
    desk.do(customers.edit, customer, CustomerEdit(name="佐藤", company="緑屋"))
    desk.do(customers.add_contact, customer, Party("phone", "+81312345678", "佐藤"))
    assert desk.found("山田") == numbers[::-1]  # the name that the contact gave itself stays
    for asked in ("佐藤", "緑屋", "03-1234-5678"):
        assert desk.found(asked) == numbers[::-1]


def test_the_words_of_a_withdrawn_message_are_gone(desk: Desk) -> None:
    number = desk.ticket("件名", "こんにちは")
    message = desk.message(number, "秘密の話", "秘密.pdf")
    assert desk.found("秘密") == [number]

    def withdraw(tx: Transaction) -> None:
        external = tx.value("SELECT external_id FROM message WHERE id = :id", id=message)
        tickets.withdraw(tx, 1, Withdrawn(external, tx.now))

    desk.database.write_now(withdraw)
    assert desk.found("秘密") == []
    assert desk.found("こんにちは") == [number]


def test_merged_messages_are_found_on_the_ticket_that_they_went_to(desk: Desk) -> None:
    one = desk.ticket("返品について", "りんごの話")
    other = desk.ticket("件名", "みかんの話")
    desk.index()
    desk.do(tickets.merge, one, other)
    assert desk.found("りんご") == [other]
    assert desk.found("返品") == [other]  # the mail still has its subject
    assert desk.found(str(one)) == [one]


def test_split_messages_are_found_on_the_new_ticket(desk: Desk) -> None:
    number = desk.ticket("件名", "りんごの話")
    message = desk.message(number, "みかんの話")
    desk.index()
    new = desk.do(tickets.split, number, [message], "みかん").number
    assert desk.found("みかんの話") == [new]
    assert desk.found("りんご") == [number]


def test_small_batches_do_the_same_as_large_ones(desk: Desk) -> None:
    numbers = [desk.ticket("返品", "あ", "い", "う", "りんご") for _ in range(5)]
    assert desk.index(limit=1) > 20
    assert desk.found("りんご") == numbers[::-1]


def test_nothing_is_done_twice_when_two_prepared_the_same(desk: Desk) -> None:
    desk.ticket("返品", "あ")
    first = desk.database.read_now(prepare)
    second = desk.database.read_now(prepare)
    assert desk.database.write_now(store, first) == first.size > 0
    assert desk.database.write_now(store, second) == 0


def test_a_batch_that_fails_is_as_if_it_had_never_begun(desk: Desk) -> None:
    number = desk.ticket("返品", "あ")

    def fail(tx: Transaction) -> None:
        assert index_batch(tx) > 0
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        desk.database.write_now(fail)
    assert desk.page("返品").items == []
    assert desk.found("返品") == [number]


def test_rebuilding_finds_the_same_again_also_in_a_long_ticket(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "BATCH", 3)
    long = desk.ticket("長い", *(f"りんご{place}番" for place in range(10)))
    short = desk.ticket("短い", "りんご")
    assert desk.found("りんご") == [short, long]
    assert desk.database.write_now(rebuild) == 2
    assert desk.page("りんご").items == []
    assert desk.found("りんご") == [short, long]
    assert all(desk.found(f"りんご{place}番") == [long] for place in range(10))


def test_an_index_of_another_format_or_behind_a_gap_in_the_feed_is_built_anew(desk: Desk) -> None:
    number = desk.ticket("返品", "あ")
    desk.index()
    desk.database.write_now(lambda tx: tx.run("UPDATE search_progress SET format = -1"))
    assert desk.index() > 0
    assert desk.found("返品") == [number]
    desk.database.write_now(lambda tx: tx.run("UPDATE search_progress SET seq = 0"))
    desk.database.write_now(lambda tx: tx.run("DELETE FROM change WHERE seq <= 2"))
    assert desk.index() > 0
    assert desk.found("返品") == [number]


async def test_the_indexer_follows_when_it_is_kicked(desk: Desk) -> None:
    indexer = Indexer(desk.database, gather=0, look=3600)
    async with following(indexer):
        number = desk.ticket("返品", "あ")
        indexer.kick()
        await until_found(desk, "返品", [number])
        other = desk.ticket("返品", "い")
        indexer.kick()
        await until_found(desk, "返品", [other, number])


async def test_while_much_is_said_the_indexer_waits_for_a_large_batch_or_a_quieter_moment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = 0
    real = desk.database.read

    async def read(function: object, *args: object) -> object:
        nonlocal batches
        batches += function is prepare
        return await real(function, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.database, "read", read)
    indexer = Indexer(desk.database, batch=10_000, gather=0.01, patience=3600, look=3600)
    async with following(indexer):
        await until(lambda: batches == 1)
        number = desk.ticket("返品", "あ")
        for _ in range(30):
            for _ in range(100):
                indexer.kick()
            await asyncio.sleep(0.002)
        assert batches == 1
        await until_found(desk, "返品", [number])


@pytest.mark.parametrize(("batch", "patience"), [(1000, 3600.0), (10**9, 0.2)])
async def test_a_desk_that_is_never_quiet_is_indexed_all_the_same(desk: Desk, batch: int, patience: float) -> None:
    indexer = Indexer(desk.database, batch=batch, gather=0.01, patience=patience, look=3600)

    async def never_quiet() -> None:
        while True:
            for _ in range(100):
                indexer.kick()
            await asyncio.sleep(0.001)

    async with following(indexer):
        noise = asyncio.create_task(never_quiet())
        number = desk.ticket("返品", "あ")
        await until_found(desk, "返品", [number])
        noise.cancel()


async def test_the_indexer_sees_by_itself_what_other_processes_wrote(desk: Desk) -> None:
    async with following(Indexer(desk.database, gather=0, look=0.01)):
        number = desk.ticket("返品", "あ")
        await until_found(desk, "返品", [number])


async def test_a_failure_is_logged_and_the_indexer_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([Unavailable("the database is locked")])
    real = desk.database.read

    async def read(function: object, *args: object) -> object:
        if function is prepare and (failure := next(failures, None)) is not None:
            raise failure
        return await real(function, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.database, "read", read)
    number = desk.ticket("返品", "あ")
    with caplog.at_level(logging.ERROR):
        async with following(Indexer(desk.database, gather=0, look=0.01)):
            await until_found(desk, "返品", [number])
    assert "could not be brought up to date" in caplog.text


async def test_two_indexers_on_one_database_index_everything_once(desk: Desk) -> None:
    numbers = [desk.ticket("返品", f"番号{place}") for place in range(20)]
    other = Database(desk.database.engine)
    try:
        one, two = Indexer(desk.database, batch=3), Indexer(other, batch=3)
        for _ in range(20):
            await asyncio.gather(one.catch_up(), two.catch_up())
        page = await other.read(tickets.search, AGENT, "返品", limit=100)
        assert [hit.ticket.number for hit in page.items] == numbers[::-1]
    finally:
        await other.close()
