"""Disclosure: one ZIP with everything, to read and for programs, written as it is read."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
import zipfile
from typing import Any

import pytest

from channels.contract import Attachment, Party
from server.customers.rights import audit
from server.errors import Forbidden
from server.files import Files
from server.privacy import disclosure
from server.privacy.disclosure import Choices
from tests.desks import ScriptedChannel, TestDesk, a_message
from tests.privacy import life


async def disclosed(desk: TestDesk, files: Files, customer: int, choices: Choices) -> zipfile.ZipFile:
    """The archive, opened."""
    story = await desk.database.write(disclosure.begin, desk.agent, customer, choices)
    whole = io.BytesIO(b"".join(disclosure.archive(desk.database, files, story, choices)))
    archive = zipfile.ZipFile(whole)
    assert archive.testzip() is None
    return archive


def read(archive: zipfile.ZipFile, name: str) -> Any:
    """A file of JSON."""
    return json.loads(archive.read(name))


async def test_everything_is_in_it(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    archive = await disclosed(desk, files, customer, Choices(notes=False, looks=True))
    names = archive.namelist()
    assert {"index.html", "en/index.html", "data/customer.json", "data/orders.json", "data/consents.json"} <= set(names)
    assert read(archive, "data/customer.json")["family_name"] == "磯野"
    assert {one["number"] for one in read(archive, "data/orders.json")} == {"R-1001", "R-999"}
    assert [one["text"] for one in read(archive, "data/interactions.json")] == [f"{life.MAIL} に連絡"]
    assert read(archive, "data/consents.json")[0]["note"] == life.SECRET
    assert [one["text"] for one in read(archive, "data/elsewhere.json")] == [life.SECRET]
    assert [one["what"] for one in read(archive, "data/looks.json")][-1] == "disclosure"
    tickets = [name for name in names if name.startswith("data/tickets/")]
    assert len(tickets) == 3  # mail, LINE, chat
    said = [message for name in tickets for message in read(archive, name)]
    assert {message["kind"] for message in said} == {"customer", "agent"}
    (file,) = (file for message in said for file in message["files"])
    assert archive.read(file["path"]).decode() == f"{life.SECRET} の写真"
    # Somebody else's words are not theirs to be given.
    assert not any("共有します".encode() in archive.read(name) for name in names)


async def test_notes_go_along_by_choice_only(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    without = await disclosed(desk, files, customer, Choices(notes=False, looks=False))
    assert "data/looks.json" not in without.namelist()
    assert not any("に注意".encode() in without.read(name) for name in without.namelist())
    along = await disclosed(desk, files, customer, Choices(notes=True))
    assert any("に注意".encode() in along.read(name) for name in along.namelist())


async def test_its_pages_are_japanese_and_english_and_every_link_leads_somewhere(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    archive = await disclosed(desk, files, customer, Choices(notes=True))
    japanese, english = archive.read("index.html").decode(), archive.read("en/index.html").decode()
    assert "当窓口で保有しているお客様の情報" in japanese and "What we keep of you" in english
    assert not re.search(r">(Your messages|Corrections|Who looked)", japanese)
    names = set(archive.namelist())
    for page in (name for name in names if name.endswith(".html")):
        for link in re.findall(r'href="([^"]+)"', archive.read(page).decode()):
            parts = page.split("/")[:-1]
            for part in link.split("/"):
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in names, (page, link)


async def test_who_has_it_written_out_stands_in_the_audit_log(desk: TestDesk, files: Files) -> None:
    customer = await life.live(desk, files)
    await disclosed(desk, files, customer, Choices())
    found = await desk.database.read(audit.search, audit.AuditFilter(what="disclosure"))
    assert [(one.customer, one.agent, one.detail) for one in found.items] == [
        (customer, desk.agent.id, {"notes": False, "looks": True})
    ]
    with pytest.raises(Forbidden):
        await desk.database.write(disclosure.begin, await desk.colleague(), customer, Choices())


async def test_memory_does_not_grow_with_what_somebody_wrote(desk: TestDesk, files: Files) -> None:
    channel = desk.channels["email"]
    assert isinstance(channel, ScriptedChannel)
    stored = files.keep(iter([bytes(1_000_000)] * 12))
    big = Attachment("large.bin", "application/octet-stream", stored.size, lambda: files.chunks(stored.digest))
    channel.says["big"] = [a_message("大きなファイル", sender=Party("email", "a@b.example", "甲"), attachments=(big,))]
    accepted = await desk.inbox.accept(desk.arrival(b"big", "big"))
    customer = (await desk.thread(accepted.ticket)).ticket.customer.id
    story = await desk.database.write(disclosure.begin, desk.agent, customer, Choices())

    def peak() -> int:
        tracemalloc.start()
        try:
            assert sum(len(chunk) for chunk in disclosure.archive(desk.database, files, story, Choices())) > 10_000
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # what is loaded at the first time, and what other threads take meanwhile, is not its own
    assert min(peak() for _ in range(3)) < 4_000_000
