"""Answers that go out as signed webhooks, and what the other side may say to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from aiohttp import web

from channels import webhook
from channels.api import ApiChannel
from channels.contract import Attachment, OutboundMessage, Receipt, TryLater, Undeliverable
from tests.channels.api.conftest import OLD_SECRET, SECRET, House


def says(status: int, **headers: str) -> Callable[[web.Request], web.StreamResponse]:
    """A webhook's answer."""
    return lambda request: web.Response(status=status, text="because", headers=headers)


async def test_an_answer_arrives_signed_and_says_whose_it_is(house: House) -> None:
    file = Attachment("a.txt", "text/plain", 3, lambda: iter((b"ab", b"c")))
    receipt = await house.channel.deliver(house.letter(attachments=(file,), conversation="t", ticket=12, subject="Re"))
    assert receipt == Receipt(words="204 No Content")
    headers, body = house.program.heard[0]
    for secret in (SECRET, OLD_SECRET):
        assert webhook.verify(secret, headers, body) == "letter-1"
    said = orjson.loads(body)
    assert (said["type"], said["timestamp"]) == ("message.created", "2026-11-21T09:30:00+00:00")
    assert said["data"]["to"] == [{"kind": "external", "id": "customer-1", "name": "山田"}]
    assert (said["data"]["text"], said["data"]["conversation"], said["data"]["ticket"]) == ("発送しました。", "t", 12)
    assert said["data"]["attachments"][0]["content"] == "YWJj"


async def test_each_try_is_the_same_message(house: House) -> None:
    house.program.answer = says(500)
    for _ in range(2):
        with pytest.raises(TryLater):
            await house.channel.deliver(house.letter())
    (first, body), (second, again) = house.program.heard
    assert body == again
    assert first["webhook-id"] == second["webhook-id"] == "letter-1"


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422, 301, 302, 307])
async def test_what_will_never_be_taken_is_undeliverable_in_its_own_words(house: House, status: int) -> None:
    house.program.answer = says(status, Location=house.account.settings["webhook_url"])
    with pytest.raises(Undeliverable, match=rf"{status} .*because") as raised:
        await house.channel.deliver(house.letter())
    assert raised.value.code == str(status)
    assert len(house.program.heard) == 1, "redirects are not followed"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
async def test_what_may_be_taken_later_says_when(house: House, status: int) -> None:
    house.program.answer = says(status, **{"Retry-After": "90"})
    with pytest.raises(TryLater) as raised:
        await house.channel.deliver(house.letter())
    assert raised.value.after == timedelta(seconds=90)


async def test_an_endless_answer_is_read_to_a_bound_only(house: House) -> None:
    house.program.answer = lambda request: web.Response(status=400, body=b"x" * 900_000)
    with pytest.raises(Undeliverable) as raised:
        await house.channel.deliver(house.letter())
    assert len(raised.value.words) < 600


async def test_a_webhook_that_keeps_silent_or_hangs_up_is_tried_later(house: House) -> None:
    quick = ApiChannel(allow=["127.0.0.1"], timeout_seconds=0.2)
    silent = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    for channel, serve, code in ((quick, never, "timeout"), (house.channel, hang_up, "unreachable")):
        server = await asyncio.start_server(serve, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TryLater) as raised:
            await channel.deliver(to_address(house, f"http://127.0.0.1:{port}/"))
        assert raised.value.code == code
        silent.set()
        server.close()
        await server.wait_closed()
    with pytest.raises(TryLater):
        await house.channel.deliver(to_address(house, f"http://127.0.0.1:{port}/"))
    await quick.close()


def to_address(house: House, url: str) -> OutboundMessage:
    """A letter of an account with another webhook."""
    return house.letter(account=replace(house.account, settings={"webhook_url": url}))


@pytest.mark.parametrize(
    "url", ["", "http://example.com/", "https://10.0.0.1/", "https://[::1]/", "ftp://x", "hook", "https://", "\x00"]
)
async def test_an_address_that_leads_nowhere_good_is_undeliverable(house: House, url: str) -> None:
    with pytest.raises(Undeliverable):
        await house.channel.deliver(to_address(house, url))


@pytest.mark.parametrize("secret", ["", "whsec_%%%"])
async def test_without_a_secret_nothing_is_sent(house: House, secret: str) -> None:
    account = replace(house.account, secrets={"webhook_secret": secret})
    with pytest.raises(Undeliverable, match="secret"):
        await house.channel.deliver(house.letter(account=account))
    assert house.program.heard == []


async def test_more_than_a_webhook_carries_is_undeliverable(house: House) -> None:
    def chunks() -> Iterator[bytes]:
        raise AssertionError("it is not even opened")

    huge = Attachment("a.bin", "application/octet-stream", 11 * 1024 * 1024, chunks)
    with pytest.raises(Undeliverable, match="attachments"):
        await house.channel.deliver(house.letter(attachments=(huge,)))


async def test_an_account_can_be_tried(house: House) -> None:
    checks = await house.channel.test(house.account)
    assert [(check.name, check.ok) for check in checks] == [("key", True), ("webhook", True)]
    house.program.answer = says(410)
    assert [check.ok for check in await house.channel.test(house.account)] == [True, False]
    assert orjson.loads(house.program.heard[0][1])["type"] == "ping"
