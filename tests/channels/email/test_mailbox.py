"""Fetching from a real IMAP server over a line that is not always well: every mail once, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.contract import Account, Arrival
from channels.email import mailbox
from channels.email.cursor import Cursor
from channels.email.mailbox import IN_A_ROW
from tests.channels.desk import FakeDesk, until
from tests.channels.email.certificate import tls
from tests.channels.email.imap_server import PASSWORD, USER, ImapServer, imap_server
from tests.channels.email.network import Running, account, running


def mail(number: int, size: int = 0) -> bytes:
    body = b"x" * 76 + b"\r\n"
    return b"From: taro@example.jp\r\nSubject: %d\r\n\r\n" % number + body * (size // 78 + 1)


def fetched(server: ImapServer, **settings: Any) -> Account:
    defaults: dict[str, Any] = {
        "incoming": "imap",
        "imap_host": "127.0.0.1",
        "imap_port": server.port,
        "imap_security": "none",
        "imap_user": USER,
        "imap_password": PASSWORD,
        "imap_poll_seconds": 0.05,
    }
    return account(**{**defaults, **settings})


@asynccontextmanager
async def fetching(desk: FakeDesk, **options: Any) -> AsyncIterator[Running]:
    async with running(desk, **{"pause": 0.02, **options}) as here:
        yield here


def subjects(desk: FakeDesk) -> list[int]:
    return [int(arrival.raw.bytes().split(b"Subject: ")[1].split(b"\r\n")[0]) for arrival in desk.arrivals]


async def test_mail_comes_in_as_it_is_and_the_mailbox_is_left_as_it_was() -> None:
    async with imap_server() as server:
        await server.append(mail(1), mail(2))
        await server.append(mail(3), seen=True)
        where = fetched(server)
        desk = FakeDesk(where)
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 3)
            await until(lambda: (health := desk.health(where)) and health.ok and health.waiting == 0)
        assert [arrival.raw.bytes() for arrival in desk.arrivals] == [mail(1), mail(2), mail(3)]
        assert desk.arrivals[0].envelope["folder"] == "INBOX"
        assert [r"\Seen" in flags for flags in await server.flags()] == [False, False, True]
        health = desk.health(where)
        assert health is not None
        assert health.last_fetched is not None


async def test_idle_brings_new_mail_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "SOON", 600.0)
    async with imap_server() as server:
        desk = FakeDesk(fetched(server, imap_poll_seconds=600))
        async with fetching(desk):
            await until(lambda: server.idling == 1)
            await server.append(mail(1))
            await until(lambda: len(desk.arrivals) == 1)  # the next look would be in ten minutes


async def test_a_mail_between_the_search_and_idle_waits_only_a_moment() -> None:
    async with imap_server() as server:
        desk = FakeDesk(fetched(server, imap_poll_seconds=60))
        async with fetching(desk):
            for number in range(1, 5):
                await until(lambda idled=number: server.commands.count("IDLE") >= idled)  # type: ignore[misc]
                await server.append(mail(number))
                await until(lambda wanted=number: len(desk.arrivals) == wanted)  # type: ignore[misc]


async def test_without_idle_the_mailbox_is_asked_again_and_again() -> None:
    async with imap_server(idle=False) as server:
        desk = FakeDesk(fetched(server))
        async with fetching(desk):
            await until(lambda: "UID SEARCH" in server.commands)
            await server.append(mail(1))
            await until(lambda: len(desk.arrivals) == 1)
        assert "IDLE" not in server.commands


@pytest.mark.parametrize(("days", "expected"), [(3, [2, 3, 4]), (0, [4]), (100, [1, 2, 3, 4])])
async def test_the_first_connection_looks_back_as_many_days_as_wished(days: float, expected: list[int]) -> None:
    async with imap_server() as server:
        for number, age in ((1, 30), (2, 2), (3, 0)):
            await server.append(mail(number), at=datetime.now(UTC) - timedelta(days=age))
        where = fetched(server, imap_import_days=days)
        desk = FakeDesk(where)
        async with fetching(desk):
            await until(lambda: desk.health(where))
            await server.append(mail(4))
            await until(lambda: 4 in subjects(desk))
        assert subjects(desk) == expected


async def test_what_came_while_we_were_away_is_fetched_and_nothing_twice() -> None:
    async with imap_server() as server:
        desk = FakeDesk(fetched(server))
        await server.append(mail(1))
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 1)
        await server.append(mail(2), mail(3), seen=True)
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 3)
        assert subjects(desk) == [1, 2, 3]
        assert desk.repeats == 0


@pytest.mark.parametrize("after", [10, 200, 700, 1500, 40_000, 300_000, 700_000])
async def test_a_line_that_breaks_anywhere_loses_and_doubles_nothing(after: int) -> None:
    async with imap_server() as server:
        mails = [mail(1), mail(2, 600_000), mail(3), mail(4, 300_000)]
        await server.append(*mails)
        desk = FakeDesk(fetched(server))
        server.cut_after = after
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 4)
            assert server.connections >= 2
        assert [arrival.raw.bytes() for arrival in desk.arrivals] == mails
        assert desk.spools_open == 0


async def test_connections_cut_again_and_again_under_load_lose_nothing() -> None:
    async with imap_server() as server:
        desk = FakeDesk(fetched(server))
        async with fetching(desk):
            for number in range(30):
                await server.append(mail(number, 20_000))
                if number % 3 == 0:
                    server.hang_up()
                await asyncio.sleep(0.01)
            await until(lambda: len(desk.arrivals) == 30)
        assert sorted(subjects(desk)) == list(range(30))


async def test_a_large_mail_goes_to_the_spool_in_pieces() -> None:
    paths: list[bool] = []
    async with imap_server() as server:
        desk = FakeDesk(fetched(server))

        async def look(arrival: Arrival) -> None:
            paths.append(arrival.raw.path is not None)

        desk.judge = look
        await server.append(mail(1), mail(2, 1_500_000))
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 2)
        assert paths == [False, True]
        assert server.commands.count("UID FETCH") >= 6
        assert desk.arrivals[1].raw.bytes() == mail(2, 1_500_000)


async def test_a_server_that_is_away_is_called_until_it_is_back() -> None:
    async with imap_server() as server:
        server.closed = True
        where = fetched(server)
        desk = FakeDesk(where)
        async with fetching(desk):
            await until(lambda: server.connections >= 3)
            health = desk.health(where)
            assert health is not None
            assert not health.ok
            server.closed = False
            await server.append(mail(1))
            await until(lambda: len(desk.arrivals) == 1)
            await until(lambda: (health := desk.health(where)) and health.ok)


async def test_a_renumbered_mailbox_is_read_again_without_doubles() -> None:
    async with imap_server() as server:
        desk = FakeDesk(fetched(server))
        await server.append(mail(1), mail(2))
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 2)
            server.renumber()
            await server.append(mail(2), mail(3), mail(1))
            await until(lambda: len(desk.arrivals) == 3)
        assert subjects(desk) == [1, 2, 3]


async def test_one_mail_that_fails_stops_no_other_and_is_tried_again() -> None:
    async with imap_server() as server:
        where = fetched(server)
        desk = FakeDesk(where)
        tries: list[int] = []

        async def judge(arrival: Arrival) -> None:
            if b"Subject: 2\r\n" in arrival.raw.bytes():
                tries.append(1)
                if len(tries) < 4:
                    raise ValueError("this one")

        desk.judge = judge
        await server.append(mail(1), mail(2), mail(3))
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 2)
            assert subjects(desk) == [1, 3]
            await until(lambda: any(not report.ok and report.waiting == 1 for report in desk.reports[where.id]))
            await until(lambda: len(desk.arrivals) == 3)
            await until(lambda: (health := desk.health(where)) and health.ok and health.waiting == 0)
        assert len(tries) == 4


async def test_a_desk_that_is_unwell_is_left_alone_and_gets_everything_later() -> None:
    async with imap_server() as server:
        where = fetched(server)
        desk = FakeDesk(where)
        unwell = True
        asked = 0

        async def judge(_: Arrival) -> None:
            nonlocal asked
            asked += 1
            if unwell:
                raise OSError(28, "No space left on device")

        desk.judge = judge
        await server.append(*(mail(number) for number in range(40)))
        async with fetching(desk, pause=0.05):
            await until(lambda: asked >= IN_A_ROW and desk.health(where))
            assert asked < 40
            health = desk.health(where)
            assert health is not None and not health.ok
            unwell = False
            await until(lambda: len(desk.arrivals) == 40)
        assert sorted(subjects(desk)) == list(range(40))


async def test_a_mail_that_is_too_large_waits_and_says_so() -> None:
    async with imap_server() as server:
        where = fetched(server)
        desk = FakeDesk(where, limit=1_000_000)
        await server.append(mail(1), mail(2, 2_000_000), mail(3))
        async with fetching(desk):
            await until(lambda: (health := desk.health(where)) and health.last_fetched)
            health = desk.health(where)
            assert health is not None
            assert not health.ok
            assert health.waiting == 1
            assert "2 MB" in health.words
        assert subjects(desk) == [1, 3]


@pytest.mark.parametrize("moves", [True, False])
async def test_filed_mail_is_moved_and_only_filed_mail(moves: bool) -> None:
    async with imap_server(moves=moves) as server:
        desk = FakeDesk(fetched(server, imap_after="move", imap_move_to="済み"))
        desk.fail(ValueError("not this one"))
        await server.append(mail(1), mail(2), mail(3))
        async with fetching(desk, pause=0.3):
            await until(lambda: len(desk.arrivals) == 2)
            await until(lambda: "UID SEARCH" in server.commands)
            await server.has(2, "済み")
            await server.has(1, "INBOX")
            await until(lambda: len(desk.arrivals) == 3)
            await server.has(3, "済み")
            await server.has(0, "INBOX")
        assert subjects(desk) == [2, 3, 1]


async def test_filed_mail_is_marked_as_seen_when_wished() -> None:
    async with imap_server() as server:
        where = fetched(server, imap_after="seen")
        desk = FakeDesk(where)
        await server.append(mail(1), mail(2))
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 2)
            await until(lambda: "UID STORE" in server.commands)
            await server.append(mail(3))
            await until(lambda: server.commands.count("UID STORE") == 2)
            await until(lambda: desk.health(where))
            await server.has_seen(3)


async def test_several_folders_are_fetched() -> None:
    async with imap_server() as server:
        await server.append(mail(1))
        await server.append(mail(2), folder="問い合わせ")
        desk = FakeDesk(fetched(server, imap_folders="INBOX\n問い合わせ"))
        async with fetching(desk):
            await until(lambda: len(desk.arrivals) == 2)
            await server.append(mail(3), folder="問い合わせ")
            await until(lambda: len(desk.arrivals) == 3)
        assert [arrival.envelope["folder"] for arrival in desk.arrivals] == ["INBOX", "問い合わせ", "問い合わせ"]


async def test_a_wrong_password_is_told_and_a_new_one_is_used_at_once() -> None:
    async with imap_server() as server:
        await server.append(mail(1))
        where = fetched(server, imap_password="wrong")
        desk = FakeDesk(where)
        async with fetching(desk, pause=60):
            await until(lambda: desk.health(where))
            health = desk.health(where)
            assert health is not None
            assert "sign-in" in health.words
            desk.set_accounts(fetched(server))
            await until(lambda: len(desk.arrivals) == 1)
            desk.set_accounts()
            await until(lambda: not server._lines)


async def test_encryption_is_checked() -> None:
    async with imap_server(tls=tls().server) as server:
        await server.append(mail(1))
        where = fetched(server, imap_security="tls")
        desk = FakeDesk(where)
        async with fetching(desk, tls=tls().client):
            await until(lambda: len(desk.arrivals) == 1)
        stranger = FakeDesk(where)
        async with fetching(stranger):
            await until(lambda: stranger.health(where))
            health = stranger.health(where)
            assert health is not None
            assert "certificate" in health.words.lower()


def test_a_mail_that_shows_up_late_under_a_lower_number_is_still_fetched() -> None:
    cursor = Cursor(validity=1, floor=10, next=10)
    for uid in cursor.to_fetch([5, 11, 13], now=0):
        cursor.file(uid)
    assert cursor.next == 14
    cursor = Cursor.of(cursor.kept()) or pytest.fail("what was kept cannot be read")
    assert cursor.to_fetch([5, 11, 12, 13, 14], now=0) == [12, 14]


def test_what_cannot_be_read_of_a_cursor_is_no_cursor() -> None:
    for kept in (
        None,
        3,
        {},
        {"validity": "x", "floor": 1, "next": 1},
        {"validity": 1, "floor": 1, "next": 1, "waiting": 3},
    ):
        assert Cursor.of(kept) is None
