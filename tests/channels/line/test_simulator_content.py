"""Pictures, films, voices and files on the simulated LINE: ready at once or later, and gone one day."""

from __future__ import annotations

import pytest
from linebot.v3.messaging import ApiException

from channels.line.simulator import Person, Served
from tests.channels.line.bot import Bot


async def status(bot: Bot, message_id: str) -> int:
    """What fetching some content answers."""
    try:
        return int((await bot.blob.get_message_content_with_http_info(message_id)).status_code)
    except ApiException as failed:
        return int(failed.status)


async def test_a_picture_is_there_at_once_with_its_preview(bot: Bot, hanako: Person) -> None:
    said = hanako.image(b"large", mime="image/jpeg", preview=b"small")
    got = await bot.blob.get_message_content_with_http_info(said.message_id)
    assert (bytes(got.data), got.headers["Content-Type"]) == (b"large", "image/jpeg")
    assert bytes(await bot.blob.get_message_content_preview(said.message_id)) == b"small"
    outside = hanako.image(external="https://example.jp/p.jpg")
    assert await status(bot, outside.message_id) == 404


async def test_a_film_is_made_ready_first(bot: Bot, hanako: Person) -> None:
    said = hanako.video(b"film", asks=2)
    assert await status(bot, said.message_id) == 202
    state = await bot.blob.get_message_content_transcoding_by_message_id(said.message_id)
    assert state.status == "processing"
    state = await bot.blob.get_message_content_transcoding_by_message_id(said.message_id)
    assert state.status == "succeeded"
    assert bytes(await bot.blob.get_message_content(said.message_id)) == b"film"


async def test_a_film_can_be_held_back_and_can_fail(bot: Bot, hanako: Person) -> None:
    good, bad = hanako.video(held=True), hanako.audio(held=True)
    assert good.content is not None
    assert bad.content is not None
    for _ in range(3):
        assert await status(bot, good.message_id) == 202
    good.content.finish()
    bad.content.fail()
    assert await status(bot, good.message_id) == 200
    assert await status(bot, bad.message_id) == 404
    state = await bot.blob.get_message_content_transcoding_by_message_id(bad.message_id)
    assert state.status == "failed"
    with pytest.raises(ApiException):
        await bot.blob.get_message_content_preview(bad.message_id)


async def test_what_was_taken_back_or_is_old_cannot_be_had(bot: Bot, hanako: Person) -> None:
    taken, old = hanako.file("a.txt", b"a"), hanako.file("b.txt", b"b")
    hanako.unsend(taken)
    assert await status(bot, taken.message_id) == 404
    assert await status(bot, old.message_id) == 200
    bot.clock.pass_(days=14)
    assert await status(bot, old.message_id) == 410
    assert await status(bot, "1") == 404


async def test_each_host_answers_only_for_itself(bot: Bot, hanako: Person) -> None:
    said = hanako.image()
    bot.served = Served(api_base=bot.served.data_base, data_base=bot.served.api_base)
    assert await status(bot, said.message_id) == 404
    with pytest.raises(ApiException) as failed:
        await bot.api.get_bot_info()
    assert failed.value.status == 404
