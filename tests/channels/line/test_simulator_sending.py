"""What a bot sends to the simulated LINE: bubbles on phones, in LINE's words when it is refused, and what it costs."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from linebot.v3.messaging import (
    ApiException,
    BroadcastRequest,
    ButtonsTemplate,
    FlexContainer,
    FlexMessage,
    ImageMessage,
    LocationMessage,
    MessageAction,
    MulticastRequest,
    PostbackAction,
    PushMessageRequest,
    QuickReply,
    QuickReplyItem,
    ReplyMessageRequest,
    StickerMessage,
    TemplateMessage,
    TextMessage,
    URIAction,
    ValidateMessageRequest,
    VideoMessage,
)

from channels.line.rules import Refusal, check_messages
from channels.line.simulator import Person
from tests.channels.line.bot import Bot, words


def answer(failed: pytest.ExceptionInfo[ApiException]) -> dict[str, Any]:
    """The body of an error."""
    body: dict[str, Any] = json.loads(failed.value.body)
    return body


async def raw(bot: Bot, path: str, body: Any, **headers: str) -> tuple[int, Any, Any]:
    """A request that the SDK would not let out."""
    headers = {"Authorization": f"Bearer {bot.line.token}", "Content-Type": "application/json"} | headers
    data = body if isinstance(body, bytes | io.BytesIO) else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.post(bot.served.api_base + path, data=data, headers=headers) as response,
    ):
        return response.status, await response.json(), response.headers


async def test_a_push_stands_on_the_phone(bot: Bot, hanako: Person) -> None:
    key = str(uuid4())
    sent = await bot.api.push_message(
        PushMessageRequest(to=hanako.id, messages=words("発送しました", "届いたらお知らせください")),
        x_line_retry_key=key,
    )
    assert [(bubble.text, bubble.via, bubble.retry_key) for bubble in hanako.phone] == [
        ("発送しました", "push", key),
        ("届いたらお知らせください", "push", key),
    ]
    assert [each.id for each in sent.sent_messages] == [bubble.id for bubble in hanako.phone]
    assert bot.line.sending.used == 1


async def test_a_reply_is_free_and_its_token_is_good_for_once(bot: Bot, hanako: Person) -> None:
    said = hanako.text("届きません")
    await bot.line.settled()
    token = bot.hook.events[0].reply_token
    await bot.api.reply_message(ReplyMessageRequest(reply_token=token, messages=words("確認します")))
    assert [(bubble.text, bubble.via) for bubble in hanako.phone] == [("確認します", "reply")]
    assert bot.line.sending.used == 0
    with pytest.raises(ApiException) as failed:
        await bot.api.reply_message(ReplyMessageRequest(reply_token=said.reply_token, messages=words("また")))
    assert (failed.value.status, answer(failed)) == (400, {"message": "Invalid reply token"})


async def test_a_reply_token_is_too_old_after_a_minute(bot: Bot, hanako: Person) -> None:
    token = hanako.text("届きません").reply_token
    bot.clock.pass_(seconds=61)
    with pytest.raises(ApiException) as failed:
        await bot.api.reply_message(ReplyMessageRequest(reply_token=token, messages=words("確認します")))
    assert answer(failed) == {"message": "Invalid reply token"}
    assert not hanako.phone


async def test_a_reply_that_is_refused_for_its_messages_leaves_the_token(bot: Bot, hanako: Person) -> None:
    token = hanako.text("届きません").reply_token
    with pytest.raises(ApiException):
        await bot.api.reply_message(ReplyMessageRequest(reply_token=token, messages=words("あ" * 5001)))
    await bot.api.reply_message(ReplyMessageRequest(reply_token=token, messages=words("確認します")))
    assert [bubble.text for bubble in hanako.phone] == ["確認します"]


async def test_a_retry_key_is_taken_once_a_day(bot: Bot, hanako: Person) -> None:
    key = str(uuid4())
    request = PushMessageRequest(to=hanako.id, messages=words("一度だけ"))
    first = await bot.api.push_message_with_http_info(request, x_line_retry_key=key)
    with pytest.raises(ApiException) as failed:
        await bot.api.push_message(request, x_line_retry_key=key)
    assert failed.value.status == 409
    assert failed.value.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert answer(failed)["message"] == "The retry key is already accepted"
    assert answer(failed)["sentMessages"][0]["id"] == hanako.phone[0].id
    assert len(hanako.phone) == 1
    bot.clock.pass_(hours=24)
    await bot.api.push_message(request, x_line_retry_key=key)
    assert len(hanako.phone) == 2


async def test_a_retry_key_is_a_uuid_and_not_for_replies(bot: Bot, hanako: Person) -> None:
    body = {"to": hanako.id, "messages": [{"type": "text", "text": "x"}]}
    status, said, _ = await raw(bot, "/v2/bot/message/push", body, **{"X-Line-Retry-Key": "letter-7"})
    assert (status, said) == (400, {"message": "Invalid retry key"})
    token = hanako.text("はい").reply_token
    reply = {"replyToken": token, "messages": [{"type": "text", "text": "x"}]}
    status, _, _ = await raw(bot, "/v2/bot/message/reply", reply, **{"X-Line-Retry-Key": str(uuid4())})
    assert status == 400
    assert not hanako.phone


async def test_who_has_blocked_the_account_gets_nothing_and_costs_nothing(bot: Bot, hanako: Person) -> None:
    hanako.block()
    sent = await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("聞こえますか")))
    assert len(sent.sent_messages) == 1
    assert (hanako.phone, bot.line.sending.used) == ([], 0)


async def test_a_push_to_nobody_is_refused(bot: Bot) -> None:
    for to, message in (
        ("hanako", "The property, 'to', in the request body is invalid (line: -, column: -)"),
        ("U" + "0" * 32, "Failed to send messages"),
    ):
        with pytest.raises(ApiException) as failed:
            await bot.api.push_message(PushMessageRequest(to=to, messages=words("誰か")))
        assert (failed.value.status, answer(failed)) == (400, {"message": message})


async def test_the_month_has_an_end(bot: Bot, hanako: Person) -> None:
    assert (await bot.api.get_message_quota()).type == "none"
    bot.line.quota = 1  # one for each request and person, however many bubbles it has
    await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("一", "二")))
    assert (await bot.api.get_message_quota()).value == 1
    assert (await bot.api.get_message_quota_consumption()).total_usage == 1
    with pytest.raises(ApiException) as failed:
        await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("三", "四")))
    assert (failed.value.status, answer(failed)) == (429, {"message": "You have reached your monthly limit."})
    assert len(hanako.phone) == 2
    bot.clock.pass_(days=9)  # December begins in Japan while it is still November in Greenwich
    assert (await bot.api.get_message_quota_consumption()).total_usage == 0
    await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("三", "四")))


async def test_a_group_costs_as_many_as_hear_it(bot: Bot, hanako: Person) -> None:
    group = bot.line.group("家族", [hanako, bot.line.person("太郎"), bot.line.person("次郎")])
    await bot.api.push_message(PushMessageRequest(to=group.id, messages=words("皆さま")))
    assert [bubble.text for bubble in group.phone] == ["皆さま"]
    assert bot.line.sending.used == 3
    group.remove_account()
    with pytest.raises(ApiException) as failed:
        await bot.api.push_message(PushMessageRequest(to=group.id, messages=words("皆さま")))
    assert answer(failed) == {"message": "Failed to send messages"}


async def test_a_multicast_reaches_each_once(bot: Bot, hanako: Person) -> None:
    taro = bot.line.person("太郎", friend=True)
    key = str(uuid4())
    request = MulticastRequest(to=[hanako.id, taro.id, taro.id], messages=words("お知らせ"))
    await bot.api.multicast(request, x_line_retry_key=key)
    with pytest.raises(ApiException) as failed:
        await bot.api.multicast(request, x_line_retry_key=key)
    assert failed.value.status == 409
    assert [len(person.phone) for person in (hanako, taro)] == [1, 1]
    assert bot.line.sending.used == 2
    bot.clock.pass_(days=1)
    assert (await bot.api.get_number_of_sent_multicast_messages(var_date="20261122")).success == 2


async def test_a_broadcast_is_for_accounts_that_have_it(bot: Bot, hanako: Person) -> None:
    with pytest.raises(ApiException) as failed:
        await bot.api.broadcast(BroadcastRequest(messages=words("みなさん")))
    assert failed.value.status == 403
    bot.line.sending.broadcast_allowed = True
    bot.line.person("よその人")
    await bot.api.broadcast(BroadcastRequest(messages=words("みなさん")))
    assert [len(person.phone) for person in bot.line.people] == [1, 0]


async def test_the_counts_of_a_day_are_known_on_the_next(bot: Bot, hanako: Person) -> None:
    token = hanako.text("はい").reply_token
    await bot.api.reply_message(ReplyMessageRequest(reply_token=token, messages=words("返事")))
    await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("二つ", "三つ")))
    assert (await bot.api.get_number_of_sent_push_messages(var_date="20261122")).status == "unready"
    bot.clock.pass_(days=1)
    assert (await bot.api.get_number_of_sent_push_messages(var_date="20261122")).success == 2
    assert (await bot.api.get_number_of_sent_reply_messages(var_date="20261122")).success == 1
    assert (await bot.api.get_number_of_sent_broadcast_messages(var_date="20261122")).success == 0


async def test_every_kind_of_bubble_comes_through(bot: Bot, hanako: Person) -> None:
    picture = "https://desk.example/p.jpg"
    flex = {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "注文"}]},
    }
    messages = [
        StickerMessage(packageId="446", stickerId="1988"),
        ImageMessage(originalContentUrl=picture, previewImageUrl=picture),
        VideoMessage(originalContentUrl=picture, previewImageUrl=picture, trackingId="film-1"),
        LocationMessage(title="店", address="東京都", latitude=35.6, longitude=139.7),
        FlexMessage(altText="注文", contents=FlexContainer.from_dict(flex)),
    ]
    await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=messages))
    buttons = ButtonsTemplate(
        text="どうしますか", actions=[PostbackAction(label="はい", data="yes"), URIAction(label="見る", uri=picture)]
    )
    quick = QuickReply(items=[QuickReplyItem(action=MessageAction(label="はい", text="はい"))])
    await bot.api.push_message(
        PushMessageRequest(to=hanako.id, messages=[TemplateMessage(altText="選ぶ", template=buttons, quickReply=quick)])
    )
    kinds = ["sticker", "image", "video", "location", "flex", "template"]
    assert [bubble.kind for bubble in hanako.phone] == kinds
    assert hanako.phone[-1].message["quickReply"]["items"][0]["action"]["text"] == "はい"


async def test_a_quote_points_at_what_is_in_this_chat(bot: Bot, hanako: Person) -> None:
    said = hanako.text("これですか")
    assert said.bubble is not None
    quoting = TextMessage(text="はい、そちらです", quoteToken=said.bubble.quote_token)
    await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=[quoting]))
    assert hanako.phone[0].quotes == said.message_id
    with pytest.raises(ApiException) as failed:
        await bot.api.push_message(PushMessageRequest(to=bot.line.person("太郎", friend=True).id, messages=[quoting]))
    assert answer(failed)["details"] == [{"message": "Invalid quote token", "property": "messages[0].quoteToken"}]


TEXT = {"type": "text", "text": "x"}
SEND = {"type": "message", "label": "x", "text": "x"}


def text_flex(**more: Any) -> dict[str, Any]:
    """A Flex message around one component."""
    box = {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "x", **more}]}
    return {"type": "flex", "altText": "x", "contents": {"type": "bubble", "body": box}}


def template(kind: str, **more: Any) -> dict[str, Any]:
    """A template message."""
    return {"type": "template", "altText": "x", "template": {"type": kind, **more}}


@pytest.mark.parametrize(
    ("messages", "place", "words_"),
    [
        ([], "messages", "Size must be between 1 and 5"),
        ([TEXT] * 6, "messages", "Size must be between 1 and 5"),
        ([{"type": "text", "text": ""}], "messages[0].text", "May not be empty"),
        ([TEXT, {"type": "text", "text": "𩸽" * 2501}], "messages[1].text", "Length must be between 1 and 5000"),
        ([{"type": "telegram"}], "messages[0].type", "Must be one of the following values: [text, "),
        (
            [{"type": "sticker", "packageId": "446", "stickerId": "1"}],
            "messages[0].stickerId",
            "The sticker cannot be sent by a bot",
        ),
        (
            [
                {
                    "type": "image",
                    "originalContentUrl": "http://desk.example/p.jpg",
                    "previewImageUrl": "https://a.example/p",
                }
            ],
            "messages[0].originalContentUrl",
            "Must be a valid HTTPS URL",
        ),
        (
            [{"type": "audio", "originalContentUrl": "https://desk.example/a.m4a"}],
            "messages[0].duration",
            "May not be empty",
        ),
        (
            [{"type": "location", "title": "x" * 101, "address": "x", "latitude": 1, "longitude": 1}],
            "messages[0].title",
            "Length must be between 1 and 100",
        ),
        (
            [{"type": "location", "title": "x", "address": "x", "latitude": 91, "longitude": 1}],
            "messages[0].latitude",
            "Must be between -90 and 90",
        ),
        (
            [TEXT | {"quickReply": {"items": [{"type": "action", "action": SEND}] * 14}}],
            "messages[0].quickReply.items",
            "Size must be between 1 and 13",
        ),
        (
            [TEXT | {"quickReply": {"items": [{"type": "action", "action": SEND | {"label": "x" * 21}}]}}],
            "messages[0].quickReply.items[0].action.label",
            "Length must be between 1 and 20",
        ),
        ([TEXT | {"sender": {"name": "x" * 21}}], "messages[0].sender.name", "Length must be between 0 and 20"),
        (
            [template("buttons", text="x", actions=[SEND] * 5)],
            "messages[0].template.actions",
            "Size must be between 1 and 4",
        ),
        (
            [template("buttons", title="x", text="x" * 61, actions=[SEND])],
            "messages[0].template.text",
            "Length must be between 1 and 60",
        ),
        (
            [template("confirm", text="x", actions=[SEND])],
            "messages[0].template.actions",
            "Size must be between 2 and 2",
        ),
        (
            [template("carousel", columns=[{"text": "x", "actions": [SEND]}, {"text": "x", "actions": [SEND] * 2}])],
            "messages[0].template.columns",
            "The number of actions must be the same for all columns",
        ),
        (
            [
                template(
                    "image_carousel",
                    columns=[{"imageUrl": "https://a.example/p", "action": SEND | {"label": "x" * 13}}],
                )
            ],
            "messages[0].template.columns[0].action.label",
            "Length must be between 0 and 12",
        ),
        (
            [template("buttons", text="x", actions=[{"type": "uri", "label": "x", "uri": "ftp://a.example"}])],
            "messages[0].template.actions[0].uri",
            "invalid uri scheme",
        ),
        (
            [template("buttons", text="x", actions=[{"type": "postback", "label": "x", "data": "x" * 301}])],
            "messages[0].template.actions[0].data",
            "Length must be between 1 and 300",
        ),
        ([text_flex(color="red")], "/body/contents/0/color", "invalid property"),
        ([text_flex(text="")], "/body/contents/0/text", "must be non-empty text"),
        ([text_flex(shade="x")], "/body/contents/0/shade", "unknown field"),
        ([text_flex(size="huge")], "/body/contents/0/size", "invalid property"),
        (
            [{"type": "flex", "altText": "x", "contents": {"type": "carousel", "contents": []}}],
            "/contents",
            "Size must be between 1 and 12",
        ),
        ([text_flex(text="x" * 30_001)], "/", "the size must be 30 KB or less"),
        ([text_flex() | {"altText": "x" * 1501}], "messages[0].altText", "Length must be between 1 and 1500"),
        ([{"type": "textV2", "text": "{a}"}], "messages[0].text", "The substitution a is not specified"),
        (
            [{"type": "text", "text": "x", "emojis": [{"index": 0, "productId": "a", "emojiId": "b"}]}],
            "messages[0].emojis[0].index",
            "Must be the place of a $ in the text",
        ),
        ([{"type": "coupon", "couponId": "x"}], "messages[0].couponId", "The coupon does not exist"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(messages: list[Any], place: str, words_: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_messages({"messages": messages})
    assert [detail.property for detail in refused.value.details] == [place]
    assert refused.value.details[0].message.startswith(words_)
    if place.startswith("/"):
        assert refused.value.message == "A message (messages[0]) in the request body is invalid"
    else:
        assert refused.value.message == "The request body has 1 error(s)"


async def test_what_is_wrong_stops_a_push_and_a_check_alike(bot: Bot, hanako: Person) -> None:
    body = {"to": hanako.id, "messages": [{"type": "text", "text": ""}, {"type": "text"}]}
    details = [{"message": "May not be empty", "property": f"messages[{index}].text"} for index in range(2)]
    for path in ("push", "validate/push"):
        status, said, _ = await raw(bot, f"/v2/bot/message/{path}", body)
        assert (status, said) == (400, {"message": "The request body has 2 error(s)", "details": details})
    assert not hanako.phone


async def test_what_is_right_is_let_pass_without_being_sent(bot: Bot, hanako: Person) -> None:
    request = ValidateMessageRequest(messages=words("あ" * 5000))
    for validate in (
        bot.api.validate_push,
        bot.api.validate_reply,
        bot.api.validate_multicast,
        bot.api.validate_narrowcast,
        bot.api.validate_broadcast,
    ):
        await validate(request)
    assert not hanako.phone


async def test_a_body_that_is_no_json_or_no_json_at_all_is_refused(bot: Bot) -> None:
    status, said, _ = await raw(bot, "/v2/bot/message/push", b'{"to":')
    assert (status, said["message"][:51]) == (400, "The request body could not be parsed as JSON (line:")
    status, said, _ = await raw(bot, "/v2/bot/message/push", {}, **{"Content-Type": "text/plain"})
    assert (status, said) == (415, {"message": "The content type, text/plain, is not supported"})
    status, _, _ = await raw(bot, "/v2/bot/message/push", io.BytesIO(b" " * (2 * 2**20 + 1)))
    assert status == 413
    status, said, _ = await raw(bot, "/v2/bot/message/shout", {})
    assert (status, said) == (404, {"message": "Not found"})


async def test_every_answer_has_a_request_id_of_its_own(bot: Bot) -> None:
    ids = {(await bot.api.get_bot_info_with_http_info()).headers["x-line-request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("after", [False, True])
async def test_an_error_can_come_before_or_after_the_bubble(bot: Bot, hanako: Person, after: bool) -> None:
    bot.line.fail_next(500, path="/push", after_accepting=after)
    key = str(uuid4())
    request = PushMessageRequest(to=hanako.id, messages=words("いちど"))
    with pytest.raises(ApiException) as failed:
        await bot.api.push_message(request, x_line_retry_key=key)
    assert failed.value.status == 500
    assert len(hanako.phone) == after
    if after:
        with pytest.raises(ApiException) as failed:
            await bot.api.push_message(request, x_line_retry_key=key)
        assert failed.value.status == 409
    else:
        await bot.api.push_message(request, x_line_retry_key=key)
    assert len(hanako.phone) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_the_line_can_go_dead_before_or_after_the_bubble(bot: Bot, hanako: Person, after: bool) -> None:
    bot.line.fail_next(None, silent=True, after_accepting=after)
    with pytest.raises(aiohttp.ClientError):
        await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("もしもし")))
    assert len(hanako.phone) == after


async def test_an_answer_can_be_late(bot: Bot, hanako: Person) -> None:
    bot.line.fail_next(None, delay=30, after_accepting=True)
    with pytest.raises(TimeoutError):
        await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("はい")), _request_timeout=0.5)
    assert len(hanako.phone) == 1
    assert [call.status for call in bot.line.calls] == []
    await asyncio.sleep(0)


async def test_a_fault_says_what_it_is_told_and_is_over_after_its_times(bot: Bot) -> None:
    bot.line.fail_next(403, 2, path="/info", message="No", details=[("not you", "account")])
    for _ in range(2):
        with pytest.raises(ApiException) as failed:
            await bot.api.get_bot_info()
        assert answer(failed) == {"message": "No", "details": [{"message": "not you", "property": "account"}]}
    await bot.api.get_bot_info()


async def test_too_many_requests_are_refused_until_time_has_passed(bot: Bot, hanako: Person) -> None:
    bot.line.faults.limit(2)
    request = PushMessageRequest(to=hanako.id, messages=words("早い"))
    await bot.api.push_message(request)
    await bot.api.push_message(request)
    with pytest.raises(ApiException) as failed:
        await bot.api.push_message(request)
    assert failed.value.status == 429
    assert answer(failed) == {"message": "The API rate limit has been exceeded. Try again later."}
    bot.clock.pass_(seconds=1)
    await bot.api.push_message(request)
