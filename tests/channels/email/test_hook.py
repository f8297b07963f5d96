"""The HTTP hook: signed raw mails, stored before 200 is said."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.channels.desk import FakeDesk
from tests.channels.email.network import account, running

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
MAIL = b"From: taro@example.jp\r\nSubject: hello\r\n\r\nbody"


def signed(body: bytes, *, secret: bytes = b"k" * 32, age: float = 0.0, name: str = "msg_1") -> dict[str, str]:
    stamp = str(int(time.time() - age))
    digest = hmac.new(secret, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,AAAA v2,x v1,{base64.b64encode(digest).decode()}",
    }


@asynccontextmanager
async def hook(desk: FakeDesk, **options: Any) -> AsyncIterator[Any]:
    async with running(desk, **options) as here, aiohttp.ClientSession() as session:

        async def post(body: bytes, headers: dict[str, str], number: int = 1) -> tuple[int, Any]:
            async with session.post(f"{here.url}/hooks/email/{number}", data=body, headers=headers) as response:
                answer = await response.json(content_type=None)
                if response.status != 200:
                    assert response.content_type == "application/problem+json"
                    assert answer["status"] == response.status
                return response.status, answer

        yield post


async def test_a_signed_mail_is_stored_and_its_repeat_is_known() -> None:
    desk = FakeDesk(account(hook_secret=SECRET))
    async with hook(desk) as post:
        envelope = {"X-Envelope-From": "<taro@example.jp>", "X-Envelope-To": "support+tabc@shop.example, x@y.example"}
        assert await post(MAIL, signed(MAIL) | envelope) == (200, {"arrival": 1, "repeated": False})
        status, answer = await post(MAIL, signed(MAIL, name="msg_2"))
        assert (status, answer["repeated"]) == (200, True)
    (arrival,) = desk.arrivals
    assert arrival.raw.bytes() == MAIL
    assert arrival.envelope["mail_from"] == "taro@example.jp"
    assert arrival.envelope["rcpt_tos"] == ["support+tabc@shop.example", "x@y.example"]


@pytest.mark.parametrize(
    "headers",
    [
        dict,
        lambda: signed(MAIL + b"changed"),
        lambda: signed(MAIL, secret=b"other"),
        lambda: signed(MAIL, age=400),
        lambda: signed(MAIL, age=-400),
        lambda: signed(MAIL) | {"webhook-timestamp": "soon"},
        lambda: signed(MAIL) | {"webhook-signature": "v1,日本"},
        lambda: signed(MAIL) | {"webhook-id": "msg_2"},
    ],
    ids=["nothing", "another body", "another secret", "old", "early", "no time", "no base64", "another id"],
)
async def test_what_is_not_rightly_signed_is_thrown_away(headers: Callable[[], dict[str, str]]) -> None:
    desk = FakeDesk(account(hook_secret=SECRET))
    async with hook(desk) as post:
        assert (await post(MAIL, headers()))[0] == 401
    assert desk.arrivals == []
    assert desk.spools_open == 0


async def test_without_a_secret_there_is_no_hook() -> None:
    desk = FakeDesk(account(1), account(2, hook_secret="whsec_???"))
    async with hook(desk) as post:
        for number in (1, 2, 3):
            assert (await post(MAIL, signed(MAIL), number))[0] == 404


async def test_a_mail_over_the_limit_is_refused() -> None:
    desk = FakeDesk(account(hook_secret=SECRET))
    large = MAIL + b"x" * 200_000
    async with hook(desk, max_bytes=100_000) as post:
        assert (await post(large, signed(large)))[0] == 413
    desk.limit = 100_000
    async with hook(desk) as post:
        assert (await post(large, signed(large)))[0] == 413


async def test_a_desk_that_cannot_file_asks_to_send_again() -> None:
    desk = FakeDesk(account(hook_secret=SECRET))
    async with hook(desk) as post:
        desk.fail(RuntimeError("database is locked"))
        assert (await post(MAIL, signed(MAIL)))[0] == 503
        desk.disk_free = 10
        assert (await post(MAIL, signed(MAIL)))[0] == 503
        desk.disk_free = None
        assert (await post(MAIL, signed(MAIL)))[0] == 200


async def test_a_flood_is_slowed_down() -> None:
    desk = FakeDesk(account(hook_secret=SECRET))
    async with hook(desk) as post:
        statuses = [(await post(b"", {}))[0] for _ in range(601)]
        desk.moment += 60
        assert (await post(b"", {}))[0] == 401
    assert set(statuses[:600]) == {401}
    assert statuses[600] == 429
