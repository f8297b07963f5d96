"""The phone page's doors: what is on the screens, what somebody does there, and bad days to order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from linebot.v3.messaging import ApiException, PushMessageRequest

from channels.line.simulator import Group, Person, Simulator
from channels.line.simulator.phone import cast, setup
from channels.line.simulator.pictures import photo
from tests.channels.line.bot import Bot, words

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def phone(bot: Bot) -> AsyncIterator[Client]:
    app = web.Application()
    setup(app, bot.line)
    async with TestClient(TestServer(app)) as client:
        yield client


async def state(phone: Client) -> Any:
    """What is on the screens."""
    async with phone.get("/line/state") as response:
        return await response.json()


async def do(phone: Client, person: Person, **said: Any) -> int:
    """Do something; the status."""
    async with phone.post("/line/do", json={"as": person.id, **said}) as response:
        return response.status


async def test_the_page_is_there_in_both_languages_and_lets_nothing_foreign_run(phone: Client) -> None:
    for language in ("ja", "en"):
        async with phone.get(f"/line?lang={language}") as response:
            assert f'<html lang="{language}">' in await response.text()
            assert "script-src 'self';" in response.headers["Content-Security-Policy"]


async def test_what_is_done_on_the_page_is_an_event(bot: Bot, phone: Client, hanako: Person) -> None:
    assert await do(phone, hanako, do="text", text="届きません") == 204
    first = (await state(phone))["chats"][hanako.id]["bubbles"][0]
    assert await do(phone, hanako, do="text", text="これです", quote=first["id"]) == 204
    assert await do(phone, hanako, do="sticker", package="446", sticker="1988", keywords=["こんにちは"]) == 204
    assert await do(phone, hanako, do="location", latitude=35.6, longitude=139.7, title="店") == 204
    assert await do(phone, hanako, do="tap", action={"type": "postback", "data": "x", "displayText": "はい"}) == 204
    assert await do(phone, hanako, do="unsend", id=first["id"]) == 204
    assert await do(phone, hanako, do="unfollow") == 204
    assert await do(phone, hanako, do="follow") == 204
    await bot.line.settled()
    assert bot.hook.kinds == [*["message"] * 4, "postback", "unsend", "unfollow", "follow"]
    assert bot.hook.events[1].message.quoted_message_id == first["id"]
    shown = (await state(phone))["chats"][hanako.id]["bubbles"]
    assert [bubble["kind"] for bubble in shown] == ["text", "text", "sticker", "location", "text"]
    assert (shown[0]["unsent"], shown[0]["message"]) == (True, {})


async def test_files_from_the_page_become_what_they_are(bot: Bot, phone: Client, hanako: Person) -> None:
    for files in (
        [("a.png", "image/png", photo()), ("b.png", "image/png", photo())],
        [("c.png", "image/png", photo())],
        [("d.mp4", "video/mp4", b"film"), ("e.m4a", "audio/x-m4a", b"voice")],
        [("f.html", "text/html", b"<script>1</script>")],
    ):
        form = FormData()
        for name, mime, data in files:
            form.add_field("file", data, filename=name, content_type=mime)
        async with phone.post(f"/line/files?as={hanako.id}&chat={hanako.id}", data=form) as response:
            assert response.status == 204
    bubbles = (await state(phone))["chats"][hanako.id]["bubbles"]
    assert [bubble["kind"] for bubble in bubbles] == ["image", "image", "image", "video", "audio", "file"]
    assert bubbles[0]["message"]["imageSet"]["id"] == bubbles[1]["message"]["imageSet"]["id"]
    assert "imageSet" not in bubbles[2]["message"]
    async with phone.get(f"/line/content/{bubbles[2]['id']}/preview") as response:
        assert await response.read() == photo()
    async with phone.get(f"/line/content/{bubbles[5]['id']}") as response:
        assert response.content_type == "application/octet-stream"  # never run
        assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


async def test_a_group_is_joined_left_and_spoken_in(bot: Bot, phone: Client, hanako: Person) -> None:
    taro = bot.line.person("太郎")
    group: Group = bot.line.group("家族", [hanako], inside=False)
    assert await do(phone, taro, do="text", text="入れて", chat=group.id) == 400
    assert await do(phone, taro, do="join", chat=group.id) == 204
    assert await do(phone, taro, do="account-in", chat=group.id) == 204
    text = f"@花子 @{bot.line.account.name} 見て"
    assert await do(phone, taro, do="text", text=text, chat=group.id, account=bot.line.account.name) == 204
    assert await do(phone, taro, do="leave", chat=group.id) == 204
    assert await do(phone, hanako, do="account-out", chat=group.id) == 204
    await bot.line.settled()
    assert bot.hook.kinds == ["join", "message", "memberLeft", "leave"]
    assert [each.type for each in bot.hook.events[1].message.mention.mentionees] == ["user", "user"]


async def test_the_page_hears_at_once_of_what_the_account_sends(bot: Bot, phone: Client, hanako: Person) -> None:
    async def later(version: int) -> Any:
        async with phone.get(f"/line/state?after={version}") as response:
            return await response.json()

    version = (await state(phone))["version"]
    waiting = asyncio.create_task(later(version))
    await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("お待たせしました")))
    said = await waiting
    assert said["version"] > version
    assert said["chats"][hanako.id]["bubbles"][0]["via"] == "push"
    said = await state(phone)
    assert [(call["path"], call["status"]) for call in said["calls"]] == [("/v2/bot/message/push", 200)]
    assert bot.line.token not in str(said)


async def test_a_bad_day_can_be_ordered(bot: Bot, phone: Client, hanako: Person) -> None:
    push = PushMessageRequest(to=hanako.id, messages=words("はい"))
    for kind, error, bubbles in (("429", ApiException, 0), ("silent-after", aiohttp.ClientError, 1)):
        assert await do(phone, hanako, do="fail", kind=kind) == 204
        assert (await state(phone))["ahead"] == 1
        with pytest.raises(error):
            await bot.api.push_message(push)
        assert len(hanako.phone) == bubbles
    assert await do(phone, hanako, do="quota", limit=1) == 204
    with pytest.raises(ApiException):
        await bot.api.push_message(push)
    assert (await state(phone))["quota"] == {"limit": 1, "used": 1}
    assert await do(phone, hanako, do="redeliver", on=True) == 204
    assert bot.line.webhooks.redeliver


async def test_nonsense_and_other_sites_are_refused(bot: Bot, phone: Client, hanako: Person) -> None:
    for said in (
        {"do": "fly"},
        {"do": "text"},
        {"do": "text", "text": " "},
        {"do": "unsend", "id": "1"},
        {"do": "fail", "kind": "x"},
    ):
        assert await do(phone, hanako, **said) == 400
    async with phone.post("/line/do", data=b"{") as response:
        assert response.status == 400
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with phone.post("/line/do", json={"do": "follow", "as": hanako.id}, headers=headers) as response:
        assert response.status == 403
    async with phone.get("/line/content/1") as response:
        assert response.status == 404


async def test_the_cast_is_the_same_after_a_restart(bot: Bot) -> None:
    again = Simulator(bot.line.channel_id, "x")
    assert [person.id for person in cast(bot.line)] == [person.id for person in cast(again)]
    assert bot.line.groups[0].id == again.groups[0].id
    assert bot.line.account.user_id == again.account.user_id
    assert int(again.next_message_id()) > 10**17
