"""The SMTP and LMTP doors: what is answered, and that it is true."""

from __future__ import annotations

import asyncio
import os

import aiosmtplib
import pytest

from channels.contract import TooLarge
from channels.email import listener
from tests.channels.desk import FakeDesk, until
from tests.channels.email.certificate import tls
from tests.channels.email.network import Caller, account, running, send

MAIL = b"From: taro@example.jp\r\nTo: support@shop.example\r\nSubject: hello\r\n\r\nbody\r\n"


async def test_a_mail_is_stored_byte_for_byte_before_250_is_said() -> None:
    desk = FakeDesk(account())
    raw = MAIL + b".\r\n..\r\n.dot\r\n" + bytes(range(128, 256)) + b"\r\n\r\n"
    async with running(desk) as here:
        assert (await send(here.smtp, raw.removesuffix(b"\r\n"), "support@shop.example")).startswith("250")
    (arrival,) = desk.arrivals
    assert arrival.raw.bytes() == raw
    assert arrival.envelope["mail_from"] == "taro@example.jp"
    assert arrival.envelope["rcpt_tos"] == ["support@shop.example"]


async def test_nothing_is_answered_until_the_desk_has_the_mail() -> None:
    desk = FakeDesk(account())
    asked, hold = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> None:
        asked.set()
        await hold.wait()

    desk.judge = wait
    async with running(desk) as here:
        sending = asyncio.create_task(send(here.smtp, MAIL, "support@shop.example"))
        await asked.wait()
        await asyncio.sleep(0.05)
        assert not sending.done()
        hold.set()
        assert (await sending).startswith("250")


async def test_a_desk_that_cannot_file_makes_the_sender_come_again() -> None:
    desk = FakeDesk(account())
    desk.fail(RuntimeError("database is locked"))
    async with running(desk) as here:
        assert (await send(here.smtp, MAIL, "support@shop.example")).startswith("451")
        assert (await send(here.smtp, MAIL, "support@shop.example")).startswith("250")
        assert (await send(here.smtp, MAIL, "support@shop.example")).startswith("250")
    assert len(desk.arrivals) == 1
    assert desk.repeats == 1


async def test_a_full_disk_makes_the_sender_come_again() -> None:
    desk = FakeDesk(account())
    desk.disk_free = 100_000
    async with running(desk) as here:
        large = MAIL + b"x" * 500_000
        assert (await send(here.smtp, large, "support@shop.example")).startswith("451")
        assert (await send(here.smtp, MAIL, "support@shop.example")).startswith("250")
    assert desk.spools_open == 0


@pytest.mark.parametrize("by_desk", [False, True])
async def test_a_mail_over_the_limit_is_refused_for_good(by_desk: bool) -> None:
    desk = FakeDesk(account(), limit=200_000 if by_desk else 50_000_000)
    async with running(desk, max_bytes=50_000_000 if by_desk else 200_000) as here:
        assert (await send(here.smtp, MAIL + b"x" * 300_000, "support@shop.example")).startswith("552")
        desk.fail(TooLarge("by the desk"))
        assert (await send(here.smtp, MAIL, "support@shop.example")).startswith("552")
    assert desk.arrivals == []


async def test_an_announced_size_over_the_limit_is_refused_before_it_is_sent() -> None:
    async with running(FakeDesk(account()), max_bytes=1000) as here:
        caller = await Caller.call(here.smtp)
        await caller.answer()
        assert "SIZE 1000" in await caller.say("EHLO x")
        assert (await caller.say("MAIL FROM:<a@b.example> SIZE=1001")).startswith("552")
        await caller.close()


async def test_a_line_of_megabytes_is_taken_as_it_is() -> None:
    desk = FakeDesk(account())
    raw = MAIL + os.urandom(3_000_000).replace(b"\r", b"r").replace(b"\n", b"n")
    async with running(desk) as here:
        assert (await send(here.smtp, raw, "support@shop.example")).startswith("250")
    assert desk.arrivals[0].raw.bytes() == raw + b"\r\n"


async def test_dots_survive_wherever_the_network_cuts() -> None:
    desk = FakeDesk(account())
    async with running(desk) as here:
        caller = await Caller.call(here.smtp)
        await caller.answer()
        for line in ("EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<support@shop.example>", "DATA"):
            await caller.say(line)
        for byte in b"..a\r\n\r\n...\r\n..\r\nz\r\n.\r\n":
            caller.writer.write(bytes([byte]))
            await caller.writer.drain()
            await asyncio.sleep(0)
        assert (await caller.answer()).startswith("250")
        assert (await caller.say("NOOP")).startswith("250")
        await caller.close()
    assert desk.arrivals[0].raw.bytes() == b".a\r\n\r\n..\r\n.\r\nz\r\n"


async def test_an_empty_mail_ends_at_once_and_the_connection_goes_on() -> None:
    desk = FakeDesk(account())
    async with running(desk) as here:
        caller = await Caller.call(here.smtp)
        await caller.answer()
        for line in ("EHLO x", "MAIL FROM:<>", "RCPT TO:<support@shop.example>", "DATA"):
            await caller.say(line)
        assert (await caller.say(".")).startswith("250")
        assert (await caller.say("RSET")).startswith("250")
        await caller.close()
    assert desk.arrivals[0].raw.size == 0
    assert desk.arrivals[0].envelope["mail_from"] == ""


async def test_a_bare_line_feed_and_a_dot_do_not_end_a_mail() -> None:
    desk = FakeDesk(account())
    smuggled = b"one\n.\nMAIL FROM:<evil@b.example>\r\n.\nmore\n.\r\nend"
    async with running(desk) as here:
        assert (await send(here.smtp, MAIL + smuggled, "support@shop.example")).startswith("250")
    assert len(desk.arrivals) == 1


async def test_only_addresses_with_an_account_are_taken() -> None:
    desk = FakeDesk(
        account(1, aliases="info@shop.example\n@all.example", reply_pattern="r-{token}@in.example"),
        account(2, "sales@all.example"),
        account(3, "fetched@shop.example", incoming="imap"),
    )
    async with running(desk) as here:
        expected = {
            "support@shop.example": 1,
            "SUPPORT@Shop.Example": 1,
            "support+tabc123@shop.example": 1,
            "info@shop.example": 1,
            "anyone@all.example": 1,
            "r-abc@in.example": 1,
            "sales@all.example": 2,
            "sales+x@all.example": 2,
        }
        for number, address in enumerate(expected):
            assert (await send(here.smtp, MAIL + b"%d" % number, address)).startswith("250"), address
        for address in ("nobody@shop.example", "support@other.example", "fetched@shop.example", "r-@in.example"):
            assert (await send(here.smtp, MAIL, address)).startswith("550"), address
    assert [arrival.account.id for arrival in desk.arrivals] == list(expected.values())


async def test_two_accounts_in_one_mail_each_get_it_once() -> None:
    desk = FakeDesk(account(1), account(2, "sales@shop.example"))
    async with running(desk) as here:
        recipients = ("support@shop.example", "sales@shop.example", "support+tabc@shop.example")
        desk.fail(RuntimeError("busy"))
        assert (await send(here.smtp, MAIL, *recipients)).startswith("451")
        assert (await send(here.smtp, MAIL, *recipients)).startswith("250")
    assert sorted(arrival.account.id for arrival in desk.arrivals) == [1, 2]
    assert desk.repeats == 1


async def test_lmtp_answers_for_each_recipient() -> None:
    desk = FakeDesk(account(1), account(2, "sales@shop.example"))
    desk.fail(RuntimeError("busy"))
    async with running(desk) as here:
        caller = await Caller.call(here.lmtp)
        await caller.answer()
        assert (await caller.say("EHLO x")).startswith("500")
        assert (await caller.say("LHLO x")).startswith("250")
        await caller.say("MAIL FROM:<a@b.example>")
        for recipient in ("support@shop.example", "sales@shop.example"):
            await caller.say(f"RCPT TO:<{recipient}>")
        await caller.say("DATA")
        assert (await caller.say(MAIL + b".")).startswith("451")
        assert (await caller.answer()).startswith("250")
        await caller.close()
    assert [arrival.account.id for arrival in desk.arrivals] == [2]
    assert desk.arrivals[0].envelope["via"] == "lmtp"


async def test_an_address_in_japanese_and_one_that_breaks_the_rules_are_taken() -> None:
    desk = FakeDesk(account(1, "窓口@例え.example"))
    async with running(desk) as here:
        caller = await Caller.call(here.smtp)
        await caller.answer()
        assert "SMTPUTF8" in await caller.say("EHLO x")
        assert (await caller.say("MAIL FROM:<a..b.@docomo.ne.jp> SMTPUTF8 BODY=8BITMIME")).startswith("250")
        assert (await caller.say("RCPT TO:<窓口@例え.example>")).startswith("250")
        await caller.close()


async def test_a_caller_who_hangs_up_inside_a_mail_leaves_nothing_behind() -> None:
    desk = FakeDesk(account())
    async with running(desk) as here:
        caller = await Caller.call(here.smtp)
        await caller.answer()
        for line in ("EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<support@shop.example>", "DATA"):
            await caller.say(line)
        caller.writer.write(MAIL)
        await until(lambda: desk.spools_open == 1)
        await caller.close()
        await until(lambda: desk.spools_open == 0)
        assert (await send(here.smtp, MAIL, "support@shop.example")).startswith("250")
    assert len(desk.arrivals) == 1


async def test_when_the_hall_is_full_callers_are_asked_to_come_again() -> None:
    desk = FakeDesk(account())
    hall = listener.Hall(desk, max_bytes=1000, hostname="x", most_connections=1)
    server = await listener.listen(hall, ("127.0.0.1", 0))
    where = server.sockets[0].getsockname()[:2]
    first = await Caller.call(where)
    await first.answer()
    second = await Caller.call(where)
    assert (await second.answer()).startswith("421")
    await second.close()
    await first.close()
    await until(lambda: not hall._inside)
    assert (await send(where, MAIL, "support@shop.example")).startswith("250")
    server.close()
    hall.hang_up()


async def test_starttls_is_offered_and_leaves_the_hall_with_its_caller() -> None:
    desk = FakeDesk(account())
    async with running(desk, server_tls=tls().server) as here:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=here.smtp[1], start_tls=True, tls_context=tls().client)
        async with client:
            await client.sendmail("taro@example.jp", ["support@shop.example"], MAIL)
            assert await client.sendmail("taro@example.jp", ["support@shop.example"], MAIL)
    assert len(desk.arrivals) == 1
    assert desk.repeats == 1
