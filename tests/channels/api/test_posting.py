"""What a program posts in, and what it is told."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from channels.contract import ContactChanged, DeliveryReport, InboundMessage, Party, Seen, Withdrawn
from tests.channels.api.conftest import House

HELLO = {"external_id": "m-1", "sender": {"id": "customer-1", "name": "山田"}, "text": "届きません"}


def message(house: House, number: int = -1) -> InboundMessage:
    """What was read, which must be a message."""
    read = house.read(number)
    assert isinstance(read, InboundMessage)
    return read


async def test_a_message_is_accepted_with_the_numbers_of_its_arrival_and_ticket(house: House) -> None:
    status, answer, headers = await house.post(HELLO)
    assert (status, answer) == (202, {"arrival": 1, "ticket": 1, "repeated": False})
    assert headers["RateLimit-Policy"] == '"messages";q=50;w=60'
    assert message(house).sender == Party("external", "5:customer-1", "山田")
    assert message(house).text == "届きません"


async def test_the_same_message_again_is_the_same_message(house: House) -> None:
    await house.post(HELLO)
    status, answer, _ = await house.post({"type": "message", **HELLO})
    assert (status, answer["repeated"], len(house.desk.arrivals)) == (202, True, 1)


async def test_everything_that_can_be_said_of_a_message_is_kept(house: House) -> None:
    content = bytes(range(256))
    await house.post(
        HELLO
        | {
            "sender": {
                "id": "c",
                "name": " 山田\n太郎 ",
                "email": "Taro@Shop.jp",
                "phone": "090-1234-5678",
                "verified": True,
            },
            "html": '<p onclick="x()">こんにちは<script>alert(1)</script></p>',
            "text": "",
            "subject": "件名\r\nBcc: x",
            "conversation": "thread-9",
            "sent_at": "2026-11-21T18:00:00+09:00",
            "attachments": [{"filename": "../a.bin", "content": base64.b64encode(content).decode()}],
            "tags": ["vip", "api"],
            "priority": "high",
            "fields": {"plan": "gold"},
        }
    )
    read = message(house)
    assert read.sender.name == "山田 太郎"
    assert read.reply_to == Party("email", "taro@shop.jp")
    assert read.fields == {"plan": "gold", "phone": "+819012345678"}
    assert (read.html, read.text) == ("<p>こんにちは</p>", "こんにちは")
    assert read.subject == "件名 Bcc: x"
    assert read.conversation == "thread-9"
    assert read.sent_at == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert (read.routing.tags, read.routing.priority) == (("api", "vip"), "high")
    (file,) = read.attachments
    assert (file.filename, b"".join(file.chunks())) == ("a.bin", content)


async def test_large_files_come_as_parts(house: House) -> None:
    content = b"\r\n--not the boundary\r\n" * 100_000
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("message", '{"external_id":"m-2","sender":{"email":"A@b.jp"}}', content_type="application/json")
    form.add_field("file", io.BytesIO(content), filename="請求書.pdf", content_type="application/pdf")
    assert (await house.post(form))[0] == 202
    (file,) = message(house).attachments
    assert (file.filename, file.size, b"".join(file.chunks())) == ("請求書.pdf", len(content), content)
    assert message(house).sender == Party("email", "a@b.jp", verified=False)


@pytest.mark.parametrize(
    ("posted", "meant"),
    [
        (
            {"type": "delivery", "key": "letter-1", "state": "bounced", "words": "gone", "at": "2026-11-21T00:00:00Z"},
            DeliveryReport("letter-1", "", "bounced", datetime(2026, 11, 21, tzinfo=UTC), "gone"),
        ),
        (
            {"type": "seen", "sender": {"id": "c"}, "conversation": "t", "at": "2026-11-21T00:00:00"},
            Seen(Party("external", "5:c"), datetime(2026, 11, 21, tzinfo=UTC), "t"),
        ),
        (
            {"type": "withdrawn", "external_id": "m-1", "at": "2026-11-21T00:00:00Z"},
            Withdrawn("m-1", datetime(2026, 11, 21, tzinfo=UTC)),
        ),
        (
            {"type": "contact", "contact": {"phone": "03-1234-5678"}, "reachable": False, "at": "2026-11-21T00:00:00Z"},
            ContactChanged(Party("phone", "+81312345678", verified=False), datetime(2026, 11, 21, tzinfo=UTC), False),
        ),
    ],
)
async def test_what_became_of_messages_can_be_said_too(house: House, posted: Any, meant: object) -> None:
    assert (await house.post(posted))[0] == 202
    assert house.read() == meant


async def test_taking_back_before_the_message_came_is_an_arrival_of_its_own(house: House) -> None:
    await house.post({"type": "withdrawn", "external_id": "m-1"})
    await house.post(HELLO)
    assert [arrival.external_id for arrival in house.desk.arrivals] == ["withdrawn:m-1", "m-1"]


@pytest.mark.parametrize(
    ("account", "headers"),
    [
        ("shop", {"Authorization": "Bearer wrong"}),
        ("shop", {"Authorization": "Bearer "}),
        ("shop", {"Authorization": "Bearer あ".encode().decode("latin-1")}),
        ("shop", {"Authorization": "Basic " + "k" * 40}),
        ("nothing", {}),
        ("6", {}),
    ],
)
async def test_who_has_no_key_learns_nothing(house: House, account: str, headers: dict[str, str]) -> None:
    status, answer, got = await house.post(HELLO, account=account, **headers)
    assert status == 401
    assert answer["title"] == "This account and key do not fit together."
    assert got["Content-Type"].startswith("application/problem+json")
    assert house.desk.arrivals == []


async def test_guessing_keys_has_to_wait(house: House) -> None:
    statuses = [(await house.post(HELLO, key=f"{number}"))[0] for number in range(35)]
    assert statuses == [401] * 30 + [429] * 5
    assert (await house.post(HELLO))[0] == 202, "who has the key is not made to wait for it"


async def test_an_account_without_a_key_takes_nothing(house: House) -> None:
    account = house.account
    house.desk.set_accounts(type(account)(5, "api", "Shop", "shop", account.settings, {}))
    assert (await house.post(HELLO, key=""))[0] == 401


async def test_too_many_are_told_when_to_come_again(house: House) -> None:
    statuses = [(await house.post(HELLO))[0] for _ in range(51)]
    assert statuses == [202] * 50 + [429]
    _, _, headers = await house.post(HELLO)
    assert 0 < int(headers["Retry-After"]) <= 61
    assert headers["RateLimit"].startswith('"messages";r=0;t=')


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (HELLO | {"attachements": []}, 422, "attachements"),
        ({"sender": {"id": "c"}, "text": "x"}, 422, "external_id"),
        (HELLO | {"external_id": ""}, 422, "external_id"),
        (HELLO | {"external_id": "a\nb"}, 422, "external_id"),
        (HELLO | {"external_id": "x" * 201}, 422, "external_id"),
        (HELLO | {"sender": {"name": "x"}}, 422, "sender"),
        (HELLO | {"text": " "}, 422, "text"),
        (HELLO | {"sent_at": "yesterday"}, 422, "sent_at"),
        (HELLO | {"priority": "soon"}, 422, "priority"),
        (HELLO | {"attachments": [{"filename": "a", "content": "%%%"}]}, 422, "content"),
        ({"type": "party"}, 422, "type"),
        ({"type": 7}, 422, "type"),
        ([], 422, "array"),
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b'{"external_id":"\xff"}', 400, "JSON"),
        (b'{"text":"\\ud800"}', 400, "JSON"),
        (b"[" * 200_000, 422, "array"),
        (b'{"fields":' + b"[" * 200_000, 400, "JSON"),
        (b'{"text":"' + b"x" * 16_000_000 + b'"}', 400, "bytes of JSON"),
    ],
)
async def test_a_message_that_is_none_is_refused_in_words(house: House, body: Any, status: int, words: str) -> None:
    got, answer, _ = await house.post(body)
    assert got == status, answer
    assert words in answer.get("detail", "") + answer["title"]
    assert house.desk.arrivals == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"])
async def test_another_media_type_is_refused(house: House, kind: str) -> None:
    assert (await house.post(HELLO, **{"Content-Type": kind}))[0] == 400


async def test_a_desk_on_a_bad_day_asks_to_come_again(house: House) -> None:
    house.desk.fail(OSError("disk full"))
    status, _, headers = await house.post(HELLO)
    assert (status, headers["Retry-After"]) == (503, "31")
    house.desk.disk_free = 3
    assert (await house.post(HELLO))[0] == 503
    house.desk.disk_free = None
    house.desk.limit = 3
    assert (await house.post(HELLO))[0] == 413
    house.desk.limit = 1000
    assert (await house.post(HELLO))[0] == 202
