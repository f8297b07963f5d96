"""Clients that are broken or mean no good: they are answered in one shape, and nobody else notices."""

from __future__ import annotations

import random
from typing import Any

import aiohttp
import pytest

from channels.webchat import namespace
from tests.channels.webchat.shop import SITE, Shop
from tests.channels.webchat.widget import NAMESPACE, PATH, Widget
from tests.desks import until

EVENTS = (
    "hello", "send", "typing", "read", "upload", "history", "conversations", "start", "open", "profile", "context",
    "identify", "logout", "end", "transcript",
)  # fmt: skip
NONSENSE: list[Any] = [
    None, 0, -1, 1e308, True, "", "x" * 70_000, [], [[]], {}, {"": ""}, {"v": "1"}, {"v": 1, "site": ["shop"]},
    {"id": 7, "text": 7}, {"id": "short", "text": "x"}, {"id": "../../etc/passwd", "text": "x"}, {"seq": -5},
    {"seq": 2**70}, {"seq": "1"}, {"conversation": "c_someone-elses-id"}, {"conversation": {"$ne": None}},
    {"conversation": "' OR 1=1 --"}, {"since": 2**62}, {"limit": 10**9}, {"after": None, "before": None},
    {"email": "a@b\r\nBcc: x@y.z"}, {"email": "@"}, {"name": "\x00\x1b[31m"}, {"fields": {"a": {"b": {}}}},
    {"page": "x"}, {"page": {"url": "javascript:alert(1)" * 500}}, {"cart": {"a": "x" * 20_000}}, b"\x00\xff",
    {"jwt": "a.b.c"}, {"jwt": 1}, {"name": "x", "size": -1, "type": "image/png", "id": "12345678"},
]  # fmt: skip


async def test_nonsense_is_answered_in_one_shape_and_the_conversation_goes_on(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    events = [event for event in EVENTS if event != "logout"]
    dice = random.Random(20261123)
    for event in events:
        for nonsense in dice.sample(NONSENSE, 7):
            answer = await visitor.say(event, nonsense)
            if "error" in answer:
                error = answer["error"]
                assert error["message"] and isinstance(error["message"], str)
                assert error["code"] != "unavailable", (event, nonsense)
    fresh = await small_shop.visitor()
    assert "error" not in await fresh.send("まだ動いています")


async def test_nothing_works_before_hello(small_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace, "STRANGER_SECONDS", 600.0)  # nobody is put out while the machine stands still
    stranger = await small_shop.widget().connect()
    for event in EVENTS[1:]:
        payload = {"id": "12345678", "text": "x", "typing": True, "seq": 1, "name": "a", "size": 1, "jwt": "x"}
        answer = await stranger.say(event, {**payload, "conversation": "c_12345678"} if event == "open" else payload)
        assert answer["error"]["code"] in ("hello_first", "invalid"), event
    assert await small_shop.rows("SELECT 1 FROM arrival") == []


async def test_a_newer_protocol_and_an_unknown_site_are_told_apart(small_shop: Shop) -> None:
    stranger = await small_shop.widget().connect()
    later = await stranger.say("hello", {"v": 2, "site": "shop"})
    assert (later["error"]["code"], later["error"]["supported"]) == ("version", [1])
    assert (await stranger.say("hello", {"v": 1, "site": "nowhere"}))["error"]["code"] == "unknown_site"


async def test_nobody_gets_into_anothers_conversation(small_shop: Shop) -> None:
    one = await small_shop.visitor()
    await one.send("私の話")
    other = await small_shop.visitor()
    theirs = one.state["conversation"]
    for event, payload in [
        ("send", {"id": "12345678", "text": "割り込み", "conversation": theirs}),
        ("history", {"conversation": theirs}),
        ("open", {"conversation": theirs}),
        ("read", {"seq": 5, "conversation": theirs}),
        ("end", {"conversation": theirs}),
        ("transcript", {"conversation": theirs}),
    ]:
        answer = await other.say(event, payload)
        assert answer["error"]["code"] in ("not_found", "invalid"), event
    again = await small_shop.widget().connect()
    answer = await again.hello(conversation=theirs, since=0)
    assert answer["messages"] == [] and answer["conversation"] != theirs


async def test_who_is_too_fast_is_told_in_words_when_to_go_on(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    answers = [await visitor.send("0")]
    while "error" not in answers[-1]:  # after thirty, and one more for each two seconds that it takes
        answers.append(await visitor.send(str(len(answers))))
    assert len(answers) > 30
    refused = answers[-1]["error"]
    assert refused["code"] == "too_many"
    assert refused["retry_after"] > 0 and "秒" in refused["message"]
    assert "error" not in await (await small_shop.visitor()).send("他の人は話せます")


async def test_too_long_is_told_and_long_is_taken(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    answer = await visitor.send("長" * 50_001)
    assert answer["error"]["code"] == "too_long" and "50000" in answer["error"]["message"]
    assert "error" not in await visitor.send("長" * 50_000)


async def test_a_packet_past_all_bounds_ends_only_its_own_connection(small_shop: Shop) -> None:
    mean, kind = await small_shop.visitor(), await small_shop.visitor()
    await mean.client.emit("send", {"id": "12345678", "text": "x" * 2_000_000}, namespace=NAMESPACE)
    await mean.until(mean.gone.is_set)
    assert "error" not in await kind.send("影響はありません")


async def test_broken_packets_hurt_nobody(small_shop: Shop) -> None:
    kind = await small_shop.visitor()
    url = f"{small_shop.base}{PATH}/?EIO=4&transport=websocket"
    for packet in (
        "4",
        "40",
        "40/",
        "40/widget,{",
        "42/widget,",
        '42/widget,["send"',
        "42/widget,[]",
        "9",
        "5zz",
        "\x00",
    ):
        async with small_shop.http.ws_connect(url.replace("http", "ws", 1)) as socket:
            await socket.receive(timeout=30)
            await socket.send_str("40/widget,{}")
            await socket.receive(timeout=30)
            await socket.send_str(packet)
            await socket.send_bytes(b"\xff\x00")
    assert "error" not in await kind.send("無事です")
    await until(lambda: len(small_shop.parts.desk.presence.now) == 1)


@pytest.mark.parametrize(
    ("origin", "status"),
    [(SITE, 200), ("https://evil.example", 400), ("null", 400), ("https://shop.example.evil", 400)],
)
async def test_only_the_sites_own_pages_may_connect(small_shop: Shop, origin: str, status: int) -> None:
    url = f"{small_shop.base}{PATH}/?EIO=4&transport=polling"
    async with small_shop.http.get(url, headers={"Origin": origin}) as response:
        assert response.status == status


async def test_one_sites_page_does_not_speak_for_another_site(small_shop: Shop) -> None:
    from server import accounts
    from server.accounts import AccountDraft
    from server.agents import DESK

    parts = small_shop.parts
    draft = AccountDraft(kind="webchat", name="B", address="b", settings={"slug": "b", "sites": ["https://b.example"]})
    await parts.database.write(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
    await parts.desk.load_accounts()
    widget = Widget(small_shop.base, "shop", Origin="https://b.example")
    small_shop.widgets.append(widget)
    await widget.connect()
    assert (await widget.hello())["error"]["code"] == "forbidden"
    widget.site = "b"
    assert "error" not in await widget.hello()


async def test_hostile_text_comes_to_the_agent_and_back_as_text(shop: Shop) -> None:
    visitor = await shop.visitor()
    texts = [
        "<script>alert(1)</script>",
        "{{7*7}} %s ${x}",
        "'; DROP TABLE ticket; --",
        "\u202egnp.exe 🙇\u200d♀️ 髙﨑①㈱",
    ]
    acked = [await visitor.send(text) for text in texts]
    thread = await shop.thread(acked[0]["ticket"])
    assert [one.text for one in thread.messages] == texts
    await shop.reply(acked[0]["ticket"], texts[0])
    await visitor.until(lambda: visitor.newest > acked[-1]["seq"])
    assert visitor.texts[-1] == texts[0]


async def test_consent_comes_first_where_a_site_wants_it(small_shop: Shop) -> None:
    await small_shop.change(consent={"ja": "個人情報の取り扱いに同意します"})
    visitor = await small_shop.visitor()
    assert (await visitor.send("まだ"))["error"]["code"] == "consent"
    await visitor.say("profile", {"consent": True})
    assert "error" not in await visitor.send("同意しました")
    assert (await small_shop.visitor(visitor.token)).state["consent"] is True


async def test_too_many_connections_of_one_visitor_are_refused(small_shop: Shop) -> None:
    first = await small_shop.visitor()
    tabs = [await small_shop.visitor(first.token) for _ in range(9)]
    assert tabs
    more = await small_shop.widget(first.token).connect()
    assert (await more.hello())["error"]["code"] == "too_many"
    await tabs[0].drop()
    await until(lambda: _says_hello(more))


async def _says_hello(widget: Widget) -> bool:
    return "error" not in await widget.hello()


async def test_nothing_of_a_request_leaks_into_errors(small_shop: Shop) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{small_shop.base}/chat/panel/<script>") as response:
        assert response.status == 404
        assert "<script>" not in await response.text()
