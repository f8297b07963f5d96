"""Pulls: nothing is lost when one breaks off, nothing is read as a whole unasked, what goes wrong is seen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.customers import sources
from server.customers.sources import SourceDraft, pulling
from server.customers.sources.reach.sql import SqlReader
from server.errors import Conflict, Invalid
from tests.customers.sources.conftest import House
from tests.customers.sources.shop import BEGAN, MAPPING, Shop, customer, orders
from tests.desks import until


async def test_a_record_that_cannot_be_read_is_kept_until_it_can(house: House, shop: Shop) -> None:
    shop.fill(5)
    shop.change(20, BEGAN, order_status_id=9, payment_total="五千円くらい")
    await house.shop(shop)
    assert (await house.pull())["orders"] == {"records": 5, "new": 4, "refused": 1}
    (failure,) = await house.failures()
    assert (failure.record, failure.stream, failure.times, failure.payload["order_no"]) == ("20", "orders", 1, "R-20")
    said = {each.place: (each.field, each.row, each.value, each.words) for each in failure.troubles}
    assert said["stream.orders.fields.total"] == ("payment_total", 2, "五千円くらい", "is not an amount of money")
    assert said["stream.orders.fields.status"][:3] == ("order_status_id", 2, "9")
    assert (await house.do(sources.retry, "shop"))["refused"] == 1, "as it was kept it still cannot be read"
    assert (await house.failures())[0].times == 2
    mended = MAPPING.replace("[codes.order_status]", '[codes.order_status]\n9 = "returned"').replace(
        'total = "payment_total"', 'total = { from = "payment_total", match = "[0-9,]+" }'
    )
    await house.do(sources.edit, "shop", SourceDraft(mapping=mended), keys=house.desk.keys, version=1)
    assert dict(await house.do(sources.retry, "shop", [failure.id])) == {"new": 1}
    assert await house.failures() == []
    assert await house.value("SELECT status FROM orders WHERE number = 'R-20'") == "returned"


async def test_a_failure_that_is_ignored_counts_no_more_until_its_record_can_be_read(house: House, shop: Shop) -> None:
    shop.fill(2)
    shop.change(10, BEGAN, order_status_id=9)
    await house.shop(shop)
    await house.pull()
    (failure,) = await house.failures()
    await house.do(sources.ignore, failure.id)
    assert (await house.view()).open_failures == 0 and (await house.view()).ignored_failures == 1
    await house.pull()
    assert await house.failures() == [] and (await house.failures(state="ignored"))[0].times == 2
    shop.change(10, BEGAN + timedelta(days=1), order_status_id=5)
    await house.pull()
    assert (await house.view()).ignored_failures == 0


async def test_a_pull_that_broke_off_goes_on_at_that_place(
    house: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.fill(90, 0)
    await house.shop(shop)
    pages: list[Any] = []
    page = SqlReader.page

    async def counted(self: SqlReader, stream: Any, sweep: Any) -> Any:
        if stream.name == "customers":
            pages.append(sweep)
            if len(pages) == 3:
                raise asyncio.CancelledError
        return await page(self, stream, sweep)

    monkeypatch.setattr(SqlReader, "page", counted)
    with pytest.raises(asyncio.CancelledError):
        await house.pull()
    assert await house.value("SELECT count(*) FROM customer") == 40
    assert (await house.view()).streams[0].under_way
    shop.fill(1, 0, first=300)
    other = house.another()  # another process, later
    pulled = await other.pull(house.desk.agent, "shop")
    assert pulled.streams["customers"] == {"records": 51, "new": 51}, "nothing is read twice, nothing left out"
    assert not (await house.view()).streams[0].under_way
    await other.close()


async def test_of_several_processes_one_pulls(house: House, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.fill(3)
    await house.shop(shop)
    held, page = asyncio.Event(), SqlReader.page

    async def slow(self: SqlReader, stream: Any, sweep: Any) -> Any:
        await held.wait()
        return await page(self, stream, sweep)

    monkeypatch.setattr(SqlReader, "page", slow)
    pulling = asyncio.create_task(house.pull())
    await until(lambda: house.value("SELECT count(*) FROM lease WHERE name = 'source:shop'"))
    other = house.another()
    with pytest.raises(Conflict):
        await other.pull(house.desk.agent, "shop")
    held.set()
    assert (await pulling)["customers"]["new"] == 3
    assert (await other.pull(house.desk.agent, "shop")).words == ""
    await other.close()


async def test_a_lease_whose_process_is_dead_need_not_run_out(house: House, shop: Shop) -> None:
    import socket

    from server.database import leases

    shop.fill(1)
    await house.shop(shop)
    dead = f"{socket.gethostname()}/999999999/x"
    await house.desk.database.write(leases.take, "source:shop", dead, timedelta(hours=1))
    assert (await house.pull())["customers"]["new"] == 1


async def test_nothing_is_read_as_a_whole_unless_it_is_asked_for(house: House, shop: Shop) -> None:
    shop.fill(30)
    await house.shop(
        shop,
        MAPPING.replace(
            'id = "id"\nupdated = "update_date"\nsize = 20\n\n[stream.children',
            'id = "id"\nsize = 20\n\n[stream.children',
        ),
    )
    assert (await house.pull())["orders"] == {}, "without a cursor it waits to be asked"
    assert (await house.pull(whole=True))["orders"] == {"records": 30, "new": 30}
    assert (await house.pull())["orders"] == {}
    shop.run(customer.update().where(customer.c.id == 1).values(name01="鈴木"))
    assert "changed" not in (await house.pull())["customers"], "its cursor did not move"
    assert (await house.pull(whole=True))["customers"]["changed"] == 1


async def test_a_column_that_goes_holds_the_stream_up_and_a_new_type_is_noticed(house: House, shop: Shop) -> None:
    shop.fill(3)
    await house.shop(shop)
    await house.pull()
    shop.run("ALTER TABLE orders RENAME COLUMN payment_total TO total_amount")
    shop.run("ALTER TABLE orders ADD COLUMN memo VARCHAR(20)")
    shop.change(10, BEGAN + timedelta(days=1), order_status_id=5)
    assert "payment_total" in await house.broken()
    assert await house.value("SELECT total FROM orders WHERE number = 'R-10'") == 55_000_000, "nothing was swallowed"
    newest = (await house.desk.database.read(sources.shapes, house.desk.agent, "shop"))[0]
    assert {(each.field, each.what, each.used) for each in newest.changes} == {
        ("payment_total", "gone", True), ("total_amount", "new", False), ("memo", "new", False)
    }  # fmt: skip
    assert (await house.view()).changes == 1
    mended = MAPPING.replace('"payment_total"', '"total_amount"')
    await house.do(sources.edit, "shop", SourceDraft(mapping=mended), keys=house.desk.keys, version=None)
    assert (await house.pull())["orders"]["changed"] == 1
    await house.do(sources.accept, "shop", newest.id)
    assert (await house.view()).changes == 0


async def test_failing_pulls_wait_longer_and_longer(house: House, shop: Shop) -> None:
    name = await house.add(MAPPING, url=f"sqlite:///{house.folders[0]}/not-there.db")
    waits = []
    for _ in range(3):
        await house.broken(name)
        view = await house.view(name)
        assert view.tried_at is not None
        waits.append(round((view.next_at - view.tried_at).total_seconds() / 60))
    assert waits == [1, 2, 4]
    await house.do(sources.edit, name, SourceDraft(parameters={"url": shop.url}), keys=house.desk.keys, version=None)
    shop.fill(1)
    await house.pull(name)
    assert (await house.view(name)).failures == 0


async def test_the_running_desk_pulls_by_itself_and_when_it_is_asked(house: House, shop: Shop) -> None:
    shop.fill(2)
    running = asyncio.create_task(house.sources.run())
    await house.shop(shop)
    house.sources.kick()
    await until(lambda: house.value("SELECT pulled_at FROM source"))
    shop.fill(1, first=50, at=BEGAN + timedelta(hours=2))
    await house.do(sources.pull_soon, "shop")
    house.sources.kick()
    await until(lambda: house.value("SELECT 1 FROM customer_source WHERE external_id = '50'"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_dry_run_says_what_would_be_learned_and_leaves_nothing_behind(house: House, shop: Shop) -> None:
    shop.fill(4)
    shop.change(30, BEGAN, order_status_id=9)
    draft = SourceDraft(mapping=MAPPING, parameters={"url": shop.url})
    tried = await house.sources.try_draft(house.desk.agent, draft)
    assert tried.counts == {"new": 7, "refused": 1}
    refused = next(each for each in tried.records if each.outcome == "refused")
    assert refused.record == "30" and refused.troubles[0].field == "order_status_id"
    assert await house.value("SELECT count(*) FROM customer_source") == 0
    await house.shop(shop)
    await house.pull()
    shop.run(
        orders.update().where(orders.c.id == 10).values(payment_total="9,800", update_date=BEGAN + timedelta(days=2))
    )
    again = await house.sources.try_source(house.desk.agent, "shop")
    assert again.counts == {"same": 6, "changed": 1, "refused": 1}
    assert await house.value("SELECT total FROM orders WHERE number = 'R-10'") == 55_000_000


async def test_both_sides_are_compared(house: House, shop: Shop) -> None:
    shop.fill(6)
    shop.change(60, BEGAN, order_status_id=9)
    await house.shop(shop)
    await house.pull()
    people, bought = await house.sources.compare(house.desk.agent, "shop")
    assert (people.there, people.here, people.differing, people.words) == (6, 6, 0, "")
    assert [(each.period, each.same, each.there_sum == each.here_sum) for each in people.periods] == [
        ("2026-11", True, True)
    ]
    assert [(each.record, each.what) for each in bought.differences] == [("60", "failed")]
    shop.run("DELETE FROM customer WHERE id = 2")
    shop.run(customer.update().where(customer.c.id == 3).values(name01="鈴木"))
    shop.fill(1, 0, first=7, at=BEGAN - timedelta(days=40))
    people, _ = await house.sources.compare(house.desk.agent, "shop")
    assert {(each.record, each.what) for each in people.differences} == {
        ("2", "gone"),
        ("3", "other"),
        ("7", "missing"),
    }
    assert {each.period for each in people.periods if not each.same} == {"2026-11", "2026-09"}
    assert (await house.view()).differing == 4
    assert "4 records differ" in (await house.desk.database.read(sources.ailing))[0][1]


async def test_a_mapping_that_reads_nothing_is_stopped_before_its_failures_fill_the_database(
    house: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.fill(90, 0)
    monkeypatch.setattr(pulling, "MOST_FAILURES", 30)
    await house.shop(shop, MAPPING.replace('family_name = "name01"', 'vip = "name01"'))
    assert "too many records" in await house.broken()
    assert len(await house.failures()) == 40
    await house.do(sources.edit, "shop", SourceDraft(mapping=MAPPING), keys=house.desk.keys, version=None)
    assert (await house.do(sources.retry, "shop"))["new"] == 40
    assert (await house.pull())["customers"] == {"records": 50, "new": 50}


async def test_parameters_that_are_secret_are_sealed_and_never_shown(house: House, shop: Shop) -> None:
    await house.shop(shop)
    assert shop.url not in str(await house.view())
    assert shop.url not in await house.value("SELECT secrets FROM source")
    with pytest.raises(Invalid) as error:
        await house.add(MAPPING, name="other")
    assert error.value.fields == {"parameters.url": "is wanted"}


async def test_a_customer_is_asked_for_beside_a_ticket_and_what_is_known_stands_meanwhile(
    house: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.fill(3)
    heard = await house.desk.hear("届きません", sender="hanako2@customer.example", name="山田 花子2")
    id = (await house.desk.thread(heard.ticket)).ticket.customer.id  # type: ignore[union-attr]
    await house.shop(shop)
    held, look_up = asyncio.Event(), SqlReader.look_up

    async def slow(self: SqlReader, *asked: Any) -> Any:
        await held.wait()
        return await look_up(self, *asked)

    monkeypatch.setattr(SqlReader, "look_up", slow)
    (first,) = await house.sources.freshen(house.desk.agent, id, wait=0.05)
    assert (first.source, first.state, first.at) == ("shop", "asking", None)
    held.set()
    (second,) = await house.sources.freshen(house.desk.agent, id, wait=60)
    assert second.state == "fresh" and second.at is not None and second.words == ""
    assert await house.value("SELECT number FROM orders WHERE customer_id = :id", id=id) == "R-20"
    assert await house.value("SELECT count(*) FROM customer_source") == 1, "nobody else was asked for"
    kinds = await house.desk.database.read(
        lambda tx: [row.kind for row in tx.all("SELECT kind FROM change WHERE by_whom = 'source:shop'")]
    )
    assert "customer.changed" in kinds and "order.changed" in kinds
    shop.close()


async def test_a_source_that_does_not_answer_says_so_beside_the_ticket(house: House, shop: Shop) -> None:
    heard = await house.desk.hear("届きません")
    id = (await house.desk.thread(heard.ticket)).ticket.customer.id  # type: ignore[union-attr]
    await house.add(MAPPING, url=f"sqlite:///{house.folders[0]}/not-there.db")
    (found,) = await house.sources.freshen(house.desk.agent, id, wait=60)
    assert found.state == "failed" and "not-there.db" in found.words
