"""What a bubble of the simulated LINE may be, and what is said in LINE's words where it is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from linebot.v3.messaging import (
    ApiException,
    ButtonsTemplate,
    FlexContainer,
    FlexMessage,
    ImageMessage,
    LocationMessage,
    MessageAction,
    PostbackAction,
    PushMessageRequest,
    QuickReply,
    QuickReplyItem,
    StickerMessage,
    TemplateMessage,
    TextMessage,
    URIAction,
    ValidateMessageRequest,
    VideoMessage,
)

from channels.line.rules import Refusal, check_messages
from channels.line.simulator import Person
from tests.channels.line.bot import Bot, answer, raw, words


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
