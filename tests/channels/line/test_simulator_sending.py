"""What a bot sends to the simulated LINE: pushes, replies and multicasts on phones, and what they cost."""

from __future__ import annotations

from uuid import uuid4

import pytest
from linebot.v3.messaging import (
    ApiException,
    BroadcastRequest,
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
)

from channels.line.simulator import Person
from tests.channels.line.bot import Bot, answer, raw, words


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
