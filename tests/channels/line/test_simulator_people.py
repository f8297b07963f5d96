"""Who is known to the simulated LINE, and the small manners: dots, read marks."""

from __future__ import annotations

import aiohttp
import pytest
from linebot.v3.messaging import (
    ApiException,
    ChatReference,
    MarkMessagesAsReadByTokenRequest,
    MarkMessagesAsReadRequest,
    PushMessageRequest,
    ShowLoadingAnimationRequest,
)

from channels.line.simulator import Person
from tests.channels.line.bot import Bot, words


async def test_a_profile_is_there_for_friends_and_for_those_who_wrote(bot: Bot, hanako: Person) -> None:
    hanako.status = "のんびり"
    profile = await bot.api.get_profile(hanako.id)
    assert (profile.display_name, profile.language, profile.status_message) == ("花子", "ja", "のんびり")
    async with aiohttp.ClientSession() as session, session.get(profile.picture_url) as response:
        assert (response.status, response.content_type) == (200, "image/png")
        assert await response.read() == hanako.picture
    stranger = bot.line.person("通りすがり", language=None, picture=b"")
    hanako.block()
    for person in (stranger, hanako):
        with pytest.raises(ApiException) as failed:
            await bot.api.get_profile(person.id)
        assert failed.value.status == 404
    stranger.text("こんにちは")
    hanako.follow()
    await bot.api.get_profile(hanako.id)
    profile = await bot.api.get_profile(stranger.id)
    assert (profile.display_name, profile.picture_url, profile.language) == ("通りすがり", None, None)
    with pytest.raises(ApiException) as failed:
        await bot.api.get_profile("hanako")
    assert failed.value.status == 400


async def test_followers_come_in_pages(bot: Bot) -> None:
    friends = [bot.line.person(f"客{number}", friend=True).id for number in range(5)]
    bot.line.people[0].block()
    first = await bot.api.get_followers(limit=3)
    rest = await bot.api.get_followers(limit=3, start=first.next)
    assert (first.user_ids, rest.user_ids, rest.next) == (friends[1:4], friends[4:], None)


async def test_the_account_says_who_it_is(bot: Bot) -> None:
    bot.line.account.premium_id = "@madoguchi"
    info = await bot.api.get_bot_info()
    assert (info.user_id, info.basic_id, info.premium_id) == (bot.line.account.user_id, "@216ru", "@madoguchi")
    assert (info.chat_mode, info.mark_as_read_mode) == ("bot", "manual")
    async with aiohttp.ClientSession() as session, session.get(info.picture_url) as response:
        assert response.status == 200


async def test_a_group_is_asked_about_and_left(bot: Bot, hanako: Person) -> None:
    many = [bot.line.person(f"客{number}") for number in range(120)]
    group = bot.line.group("町内会", [hanako, *many])
    assert (await bot.api.get_group_summary(group.id)).group_name == "町内会"
    assert (await bot.api.get_group_member_count(group.id)).count == 121
    first = await bot.api.get_group_members_ids(group.id)
    rest = await bot.api.get_group_members_ids(group.id, start=first.next)
    assert (len(first.member_ids), len(rest.member_ids)) == (100, 21)
    assert (await bot.api.get_group_member_profile(group.id, hanako.id)).display_name == "花子"
    with pytest.raises(ApiException) as failed:
        await bot.api.get_group_member_profile(group.id, "U" + "0" * 32)
    assert failed.value.status == 404
    await bot.api.leave_group(group.id)
    with pytest.raises(ApiException) as failed:
        await bot.api.get_group_summary(group.id)
    assert failed.value.status == 404
    await bot.line.settled()
    assert bot.hook.kinds == ["leave"]


async def test_a_room_is_a_group_without_a_name(bot: Bot, hanako: Person) -> None:
    room = bot.line.group("", [hanako], kind="room")
    assert (await bot.api.get_room_member_count(room.id)).count == 1
    assert (await bot.api.get_room_members_ids(room.id)).member_ids == [hanako.id]
    assert (await bot.api.get_room_member_profile(room.id, hanako.id)).display_name == "花子"
    hanako.text("ここです", chat=room.chat)
    await bot.line.settled()
    assert bot.hook.events[0].source.room_id == room.id
    await bot.api.leave_room(room.id)
    with pytest.raises(ApiException):
        await bot.api.get_room_member_count(room.id)


async def test_three_dots_until_the_answer_is_there(bot: Bot, hanako: Person) -> None:
    await bot.api.show_loading_animation(ShowLoadingAnimationRequest(chatId=hanako.id, loadingSeconds=10))
    assert hanako.chat.loading_until is not None
    assert (hanako.chat.loading_until - bot.clock()).total_seconds() == 10
    await bot.api.push_message(PushMessageRequest(to=hanako.id, messages=words("お待たせしました")))
    assert hanako.chat.loading_until is None
    for seconds in (7, 4, 65):
        with pytest.raises((ApiException, ValueError)):
            await bot.api.show_loading_animation(ShowLoadingAnimationRequest(chatId=hanako.id, loadingSeconds=seconds))
    group = bot.line.group("家族", [hanako])
    with pytest.raises(ApiException) as failed:
        await bot.api.show_loading_animation(ShowLoadingAnimationRequest(chatId=group.id))
    assert failed.value.status == 400
    assert hanako.chat.loading_until is None


async def test_a_read_mark_covers_what_came_before(bot: Bot, hanako: Person) -> None:
    hanako.text("一")
    hanako.text("二")
    hanako.text("三")
    await bot.line.settled()
    token = bot.hook.events[1].message.mark_as_read_token
    await bot.api.mark_messages_as_read_by_token(MarkMessagesAsReadByTokenRequest(markAsReadToken=token))
    assert [bubble.read for bubble in hanako.chat.bubbles] == [True, True, False]
    await bot.api.mark_messages_as_read(MarkMessagesAsReadRequest(chat=ChatReference(userId=hanako.id)))
    assert all(bubble.read for bubble in hanako.chat.bubbles)
    with pytest.raises(ApiException) as failed:
        await bot.api.mark_messages_as_read_by_token(MarkMessagesAsReadByTokenRequest(markAsReadToken="x"))
    assert failed.value.status == 400


async def test_what_needs_an_application_is_not_there(bot: Bot, hanako: Person) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {bot.line.token}"}) as session:
        for method, path in (
            ("POST", "message/narrowcast"),
            ("GET", "message/progress/narrowcast?requestId=x"),
            ("GET", "message/aggregation/info"),
            ("GET", "message/aggregation/list"),
            ("GET", "message/delivery/pnp?date=20261122"),
            ("POST", "../../bot/pnp/push"),
            ("GET", "membership/list"),
            ("GET", f"membership/subscription/{hanako.id}"),
            ("GET", "membership/1/users/ids"),
            ("GET", "coupon"),
            ("POST", "coupon"),
            ("GET", "coupon/1"),
            ("PUT", "coupon/1/close"),
        ):
            async with session.request(method, f"{bot.served.api_base}/v2/bot/{path}") as response:
                assert response.status == 403
                assert await response.json() == {"message": "Access to this API is not available for your account"}
