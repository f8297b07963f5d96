"""Files that LINE keeps: shown as loading, fetched when they are ready, whatever happens in between."""

from __future__ import annotations

from typing import Any

from channels.line.simulator import Person
from server.tickets.views import AttachmentView
from tests.channels.line.house import House


async def files(house: House, number: int = 1) -> list[AttachmentView]:
    """Every file of a ticket."""
    return [file for message in await house.from_customer(number) for file in message.attachments]


async def ended(house: House) -> list[AttachmentView]:
    """Every file, once none is loading any more."""

    async def done() -> Any:
        found = await files(house)
        return found if found and all(file.state != "loading" for file in found) else None

    return list(await house.wait_for(done))


async def make_due(house: House) -> None:
    """Waits of seconds are not waited for."""
    await house.database.write(lambda tx: tx.run("UPDATE errand SET next_at = :now", now=tx.now))
    house.desk.errands.kick()


async def test_every_kind_of_file_is_loading_and_then_here(house: House, misaki: Person) -> None:
    misaki.image()
    misaki.video(b"\x00\x00\x00\x18ftypmp42film")
    misaki.audio(b"\x00\x00\x00\x18ftypM4A voice")
    misaki.file("注文書.xlsx", b"PK\x03\x04sheet")
    await house.heard()
    loading = await files(house)
    assert [file.state for file in loading] == ["loading"] * 4
    assert not any(file.preview for file in loading)
    house.start()
    here = await ended(house)
    assert [file.state for file in here] == ["here"] * 4
    assert [file.content_type for file in here] == [
        "image/png", "video/mp4", "audio/x-m4a", "application/octet-stream",
    ]  # fmt: skip
    assert here[3].filename == "注文書.xlsx"
    assert here[0].preview


async def test_what_line_still_prepares_is_asked_for_again(house: House, misaki: Person) -> None:
    said = misaki.video(held=True)
    await house.heard()
    house.start()

    async def asked(times: int) -> bool:
        return bool(
            await house.database.read(lambda tx: tx.value("SELECT tries FROM errand WHERE tries >= :n", n=times))
        )

    await house.wait_for(lambda: asked(1))
    assert [file.state for file in await files(house)] == ["loading"]
    await make_due(house)
    await house.wait_for(lambda: asked(2))
    assert said.content is not None
    said.content.finish()
    await make_due(house)
    assert [file.state for file in await ended(house)] == ["here"]


async def test_a_restart_forgets_no_file(house: House, misaki: Person) -> None:
    said = misaki.video(held=True)
    await house.heard()
    house.start()

    async def tried() -> bool:
        return bool(await house.database.read(lambda tx: tx.value("SELECT tries FROM errand WHERE what = 'file'")))

    await house.wait_for(tried)
    await house.rest()
    assert said.content is not None
    said.content.finish()
    house.start()
    await make_due(house)
    assert [file.state for file in await ended(house)] == ["here"]


async def test_what_will_never_come_says_why(house: House, misaki: Person) -> None:
    await house.change(file_megabytes=0.001)
    misaki.file("大きい.bin", b"x" * 2000)
    gone = misaki.image()
    await house.heard()
    del house.line.contents[gone.message_id]
    house.start()
    large, missing = await ended(house)
    assert (large.state, missing.state) == ("failed", "failed")
    assert "larger" in large.words
    assert "LINE no longer has it" in missing.words


async def test_what_was_taken_back_meanwhile_is_not_shown(house: House, misaki: Person) -> None:
    said = misaki.image()
    await house.heard()
    misaki.unsend(said)
    await house.heard()
    house.start()

    async def over() -> bool:
        return not await house.database.read(lambda tx: tx.value("SELECT count(*) FROM errand WHERE what = 'file'"))

    await house.wait_for(over)
    assert await files(house) == []


async def test_a_line_that_is_ill_is_asked_again(house: House, misaki: Person) -> None:
    misaki.image()
    await house.heard()
    house.line.fail_next(500, 2, path="/content")
    house.start()

    async def here() -> bool:
        await make_due(house)
        return [file.state for file in await files(house)] == ["here"]

    await house.wait_for(here)
