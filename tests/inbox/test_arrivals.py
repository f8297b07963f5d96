"""The way in: returning means safe, raising means offer it again, and what cannot be filed stands in quarantine."""

from __future__ import annotations

import errno
import shutil
from typing import Any

import pytest

from channels.contract import Attachment, Raw, TooLarge
from server import inbox
from server.errors import Conflict, Unavailable
from server.files import Files
from server.inbox import filing
from tests.desks import ScriptedChannel, TestDesk, a_message


async def test_what_cannot_be_read_is_kept_with_its_reason_and_filed_after_a_fix(
    desk: TestDesk, scripted: ScriptedChannel
) -> None:
    scripted.says["broken"] = ValueError("a bug in the reader")
    accepted = await desk.accept("broken")
    assert accepted.quarantined and accepted.ticket is None
    (kept,) = (await desk.database.read(inbox.arrivals, state="quarantined")).items
    assert (kept.reason, kept.tries) == ("ValueError", 1)
    assert "a bug in the reader" in kept.error
    original = await desk.database.read(lambda tx: inbox.original(tx, arrival_id=kept.id))
    assert original.raw(desk.files).bytes() == b"broken"

    still = await desk.inbox.retry(kept.id)
    assert still.quarantined
    scripted.says["broken"] = [a_message("now it reads")]
    filed = await desk.inbox.retry(kept.id)
    assert [message.text for message in (await desk.thread(filed.ticket)).messages] == ["now it reads"]
    with pytest.raises(Conflict):
        await desk.inbox.retry(kept.id)
    assert (await desk.database.read(inbox.arrivals, state="quarantined")).items == []


async def test_a_failure_while_filing_rolls_back_everything_but_the_arrival(
    desk: TestDesk, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.says["x"] = [a_message("good"), a_message("bad")]
    carry_out: Any = filing.CARRY_OUT[type(a_message(""))]

    def stumble(tx: Any, account: Any, arrival: int, message: Any, files: Any) -> Any:
        if message.text == "bad":
            raise RuntimeError("filing failed")
        return carry_out(tx, account, arrival, message, files)

    monkeypatch.setitem(filing.CARRY_OUT, type(a_message("")), stumble)
    accepted = await desk.accept("x")
    assert accepted.quarantined
    assert await desk.listed() == []
    monkeypatch.undo()
    assert (await desk.inbox.retry(accepted.arrival_id)).ticket is not None
    assert len((await desk.thread((await desk.listed())[0])).messages) == 1
    assert len(await desk.listed()) == 2


async def test_a_repeat_of_a_quarantined_arrival_is_not_kept_twice(desk: TestDesk, scripted: ScriptedChannel) -> None:
    scripted.says["broken"] = ValueError("no")
    first, again = await desk.accept("broken"), await desk.accept("broken")
    assert again.repeated and again.quarantined and again.arrival_id == first.arrival_id


async def test_a_full_disk_refuses_and_keeps_nothing(
    desk: TestDesk, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Attachment("photo.jpg", "image/jpeg", 5, lambda: iter([b"12345"]))
    scripted.says["x"] = [a_message("with a photo", attachments=(file,))]

    def full(self: Files, chunks: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Files, "keep", full)
    with pytest.raises(OSError, match="No space left"):
        await desk.accept("x")
    assert await desk.listed() == []
    monkeypatch.undo()
    ticket = (await desk.accept("x")).ticket
    (attached,) = (await desk.thread(ticket)).messages[0].attachments
    assert (attached.filename, attached.size, attached.preview) == ("photo.jpg", 5, True)


async def test_a_database_that_cannot_commit_refuses_and_takes_it_when_offered_again(
    desk: TestDesk, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.says["x"] = [a_message("hello")]

    async def gone(*_: Any, **__: Any) -> Any:
        raise Unavailable("The database is not available.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.database, "write", gone)
        with pytest.raises(Unavailable):
            await desk.accept("x")
    assert not (await desk.accept("x")).repeated


async def test_a_large_arrival_is_a_file_and_a_small_one_a_row(desk: TestDesk, scripted: ScriptedChannel) -> None:
    large = "x" * 200_000
    scripted.says[large] = [a_message("large")]
    accepted = await desk.accept(large)
    original = await desk.database.read(lambda tx: inbox.original(tx, arrival_id=accepted.arrival_id))
    assert original.body is None and original.raw(desk.files).size == 200_000
    assert (await desk.thread(accepted.ticket)).messages[0].original


async def test_more_than_the_desk_takes_is_refused(desk: TestDesk) -> None:
    with pytest.raises(TooLarge):
        await desk.inbox.accept(desk.arrival(b"x" * 10_000_001))


async def test_a_spool_that_is_left_leaves_nothing_behind(desk: TestDesk) -> None:
    with pytest.raises(TooLarge):
        async with desk.inbox.spool() as spool:
            for _ in range(200):
                await spool.write(b"x" * 100_000)
    assert list(desk.files.incoming.iterdir()) == []
    async with desk.inbox.spool() as spool:
        await spool.write(b"hello")
        raw = await spool.raw()
        assert (raw.size, Raw(path=raw.path).bytes()) == (5, b"hello")
    assert list(desk.files.incoming.iterdir()) == []


async def test_files_that_nothing_names_are_swept_after_a_day(files: Files) -> None:
    kept, gone = files.keep(iter([b"named"])), files.keep(iter([b"unnamed"]))
    assert files.sweep({kept.digest}.__contains__, older_than=0) == 0
    assert files.sweep({kept.digest}.__contains__, older_than=9e9) == 1
    assert files.path(kept.digest).exists() and not files.path(gone.digest).exists()
    shutil.rmtree(files.folder)
