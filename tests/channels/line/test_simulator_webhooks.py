"""What people do on the simulated LINE, as it reaches a bot's webhook."""

from __future__ import annotations

import json

import aiohttp
import pytest
from linebot.v3.messaging import ApiException, SetWebhookEndpointRequest
from linebot.v3.messaging import TestWebhookEndpointRequest as WebhookTest
from linebot.v3.webhooks import TextMessageContent, UserMentionee

from channels.line.simulator import Person, signature
from tests.channels.line.bot import SECRET, Bot


async def test_every_thing_a_person_does_is_an_event_in_its_order(bot: Bot, hanako: Person) -> None:
    taro = bot.line.person("太郎")
    group = bot.line.group("家族", [hanako], inside=False)
    hanako.unfollow()
    hanako.follow()
    said = hanako.text("こんにちは")
    hanako.sticker("11537", "52002734", keywords=["了解", "OK"])
    hanako.image()
    hanako.video()
    hanako.audio()
    hanako.file("請求書.pdf", b"%PDF-1.7", mime="application/pdf")
    hanako.location(35.68, 139.76, title="東京駅", address="東京都千代田区丸の内1丁目")
    hanako.postback("order=7")
    hanako.watched("film-1")
    hanako.unsend(said)
    await bot.line.settled()
    assert bot.hook.kinds == ["unfollow", "follow", *["message"] * 7, "postback", "videoPlayComplete", "unsend"]
    messages = [event.message for event in bot.hook.events if event.type == "message"]
    assert [message.type for message in messages] == ["text", "sticker", "image", "video", "audio", "file", "location"]
    assert bot.hook.events[1].follow.is_unblocked is True
    assert messages[1].keywords == ["了解", "OK"]
    assert (messages[5].file_name, messages[5].file_size) == ("請求書.pdf", 8)
    assert messages[6].address == "東京都千代田区丸の内1丁目"
    assert bot.hook.events[-1].unsend.message_id == said.message_id
    stamps = [event.timestamp for event in bot.hook.events]
    assert stamps == sorted(set(stamps))
    assert len({event.webhook_event_id for event in bot.hook.events}) == 12
    bot.hook.events.clear()
    taro.text("聞こえません", chat=group.chat)  # before the account is there it hears nothing
    group.invite_account()
    group.join(taro)
    taro.text("聞こえます", chat=group.chat)
    group.leave(taro)
    group.remove_account()
    await bot.line.settled()
    assert bot.hook.kinds == ["join", "memberJoined", "message", "memberLeft", "leave"]
    assert bot.hook.events[2].source.group_id == group.id
    assert bot.hook.events[2].source.user_id == taro.id


async def test_a_quote_a_mention_and_a_set_of_pictures_say_what_they_are(bot: Bot, hanako: Person) -> None:
    group = bot.line.group("家族", [hanako])
    first = hanako.text("いつ届きますか", chat=group.chat)
    name = bot.line.account.name
    hanako.text(f"𩸽 @{name} お願いします @All", mentions=["account", "all"], quote=first, chat=group.chat)
    hanako.image_set([b"one", b"two", b"three"])
    await bot.line.settled()
    # Each chat has a line of its own, so the pictures may have overtaken the group.
    quoting = next(each.message for each in bot.hook.events if getattr(each.message, "quoted_message_id", None))
    assert isinstance(quoting, TextMessageContent)
    assert quoting.quoted_message_id == first.message_id
    mentioned = quoting.mention.mentionees
    assert isinstance(mentioned[0], UserMentionee)
    assert (mentioned[0].index, mentioned[0].length, mentioned[0].is_self) == (3, len(name) + 1, True)
    assert mentioned[1].type == "all"
    sets = [each.message.image_set for each in bot.hook.events if each.message.type == "image"]
    assert len({each.id for each in sets}) == 1
    assert [(each.index, each.total) for each in sets] == [(1, 3), (2, 3), (3, 3)]


async def test_a_tap_does_what_its_action_says(bot: Bot, hanako: Person) -> None:
    hanako.tap({"type": "message", "label": "はい", "text": "はい、お願いします"})
    hanako.tap({"type": "postback", "label": "選ぶ", "data": "size=m", "displayText": "Mサイズ"})
    hanako.tap({"type": "datetimepicker", "label": "日", "data": "day", "mode": "date"}, value="2026-12-01")
    assert hanako.tap({"type": "uri", "label": "見る", "uri": "https://shop.example"}) is None
    hanako.tap({"type": "richmenuswitch", "richMenuAliasId": "second", "data": "menu"})
    await bot.line.settled()
    assert bot.hook.kinds == ["message", "postback", "postback", "postback"]
    assert [bubble.text for bubble in hanako.chat.bubbles] == ["はい、お願いします", "Mサイズ"]
    assert bot.hook.events[1].postback.data == "size=m"
    assert bot.hook.events[2].postback.params == {"date": "2026-12-01"}
    assert bot.hook.events[3].postback.params["status"] == "RICHMENU_ALIAS_ID_NOTFOUND"


async def test_what_did_not_arrive_comes_again_under_its_own_id(bot: Bot, hanako: Person) -> None:
    bot.line.webhooks.redeliver = True
    bot.line.webhooks.waits = (0, 0, 0)
    bot.hook.answers = [500, 503]
    said = hanako.text("届いてますか")
    hanako.text("もしもし")
    await bot.line.settled()
    assert [event.message.text for event in bot.hook.events] == ["届いてますか", "もしもし"]
    assert bot.hook.events[0].webhook_event_id == said.event_id
    tries = [json.loads(body)["events"][0] for body in bot.hook.bodies]
    assert [each["deliveryContext"]["isRedelivery"] for each in tries] == [False, True, True, False]
    assert [attempt.status for attempt in bot.line.webhooks.attempts] == [500, 503, 200, 200]


async def test_without_redelivery_what_did_not_arrive_is_lost(bot: Bot, hanako: Person) -> None:
    bot.hook.answers = [500]
    hanako.text("届いてますか")
    await bot.line.settled()
    assert not bot.hook.events
    assert [(each.status, each.reason) for each in bot.line.webhooks.attempts] == [(500, "ERROR_STATUS_CODE")]


async def test_a_test_decides_what_comes_when_and_with_what(bot: Bot, hanako: Person) -> None:
    bot.line.webhooks.hold()
    for text in ("一", "二", "三"):
        hanako.text(text)
    events = bot.line.webhooks.release()
    await bot.line.post(*reversed(events))
    await bot.line.post(events[0], redelivery=True)
    await bot.line.post()
    await bot.line.post({**events[1], "type": "telepathy"})
    assert [event.message.text for event in bot.hook.events[:4]] == ["三", "二", "一", "一"]
    assert [len(json.loads(body)["events"]) for body in bot.hook.bodies] == [3, 1, 0, 1]
    assert bot.hook.events[3].delivery_context.is_redelivery
    assert bot.hook.events[4].type == "telepathy"
    assert {json.loads(body)["destination"] for body in bot.hook.bodies} == {bot.line.account.user_id}


async def test_a_wrong_signature_can_be_sent(bot: Bot, hanako: Person) -> None:
    attempt = await bot.line.webhooks.post(secret="somebody else's")
    assert attempt.status == 500  # the SDK's parser raises
    assert signature(SECRET, attempt.body) != signature("somebody else's", attempt.body)


async def test_the_address_is_set_and_tested_over_the_api(bot: Bot) -> None:
    bot.line.webhooks.url = None
    with pytest.raises(ApiException) as failed:
        await bot.api.get_webhook_endpoint()
    assert failed.value.status == 404
    await bot.api.set_webhook_endpoint(SetWebhookEndpointRequest(endpoint=bot.hook.url))
    assert (await bot.api.get_webhook_endpoint()).endpoint == bot.hook.url
    tested = await bot.api.test_webhook_endpoint()
    assert (tested.success, tested.status_code, tested.reason) == (True, 200, "OK")
    assert json.loads(bot.hook.bodies[0])["events"] == []
    bot.hook.answers = [403]
    tested = await bot.api.test_webhook_endpoint()
    assert (tested.success, tested.status_code, tested.reason) == (False, 403, "ERROR_STATUS_CODE")
    nowhere = WebhookTest(endpoint="http://127.0.0.1:9/callback")
    tested = await bot.api.test_webhook_endpoint(nowhere)
    assert (tested.success, tested.status_code, tested.reason) == (False, 0, "COULD_NOT_CONNECT")
    with pytest.raises(ApiException) as failed:
        await bot.api.set_webhook_endpoint(SetWebhookEndpointRequest(endpoint="http://desk.example/line"))
    assert json.loads(failed.value.body)["details"][0]["message"] == "Invalid webhook endpoint URL"


async def test_linking_an_account_ends_in_an_event(bot: Bot, hanako: Person) -> None:
    taro = bot.line.person("太郎", friend=True)
    token = (await bot.api.issue_link_token(hanako.id)).link_token
    other = (await bot.api.issue_link_token(hanako.id)).link_token
    url = f"{bot.served.api_base}/dialog/bot/accountLink"
    async with aiohttp.ClientSession() as session:
        for query, status in (
            ({"linkToken": token, "nonce": "short"}, 400),
            ({"linkToken": token, "nonce": "a-long-nonce-1"}, 200),
            ({"linkToken": token, "nonce": "a-long-nonce-1"}, 400),  # used
            ({"linkToken": other, "nonce": "a-long-nonce-2", "as": taro.id}, 200),
        ):
            async with session.get(url, params=query) as response:
                assert response.status == status
        late = (await bot.api.issue_link_token(hanako.id)).link_token
        bot.clock.pass_(minutes=10)
        async with session.get(url, params={"linkToken": late, "nonce": "a-long-nonce-3"}) as response:
            assert response.status == 400
    await bot.line.settled()
    assert [(each.source.user_id, each.link.result, each.link.nonce) for each in bot.hook.events] == [
        (hanako.id, "ok", "a-long-nonce-1"),
        (taro.id, "failed", "a-long-nonce-2"),
    ]
    assert bot.hook.events[0].reply_token
    assert bot.hook.events[1].reply_token is None
