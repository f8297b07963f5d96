"""Bad days of the simulated LINE: refusals, silence, delays, rates."""

from __future__ import annotations

import asyncio
import io
from uuid import uuid4

import aiohttp
import pytest
from linebot.v3.messaging import (
    ApiException,
    PushMessageRequest,
)

from channels.line.simulator import Person
from tests.channels.line.bot import Bot, answer, raw, words
from tests.desks import until


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
    bot.line.fail_next(None, delay=300, after_accepting=True)
    push = PushMessageRequest(to=hanako.id, messages=words("はい"))
    asked = asyncio.create_task(bot.api.push_message(push))
    await until(lambda: hanako.phone)
    assert not asked.done()
    assert [call.status for call in bot.line.calls] == []
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    assert len(hanako.phone) == 1


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
