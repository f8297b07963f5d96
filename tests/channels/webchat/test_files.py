"""Files in both directions: streamed under a grant, filed once, and fetched only by those who may."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from server import tickets
from server.files import Stored
from server.tickets import attachments
from tests.channels.webchat.shop import Shop
from tests.channels.webchat.widget import Widget

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400


async def sends(shop: Shop, visitor: Widget, body: Any, **asked: Any) -> tuple[int, dict[str, Any]]:
    """A file as a client sends it: asked for, then posted; status and answer."""
    wanted = {"id": "file-00000001", "name": "写真.png", "type": "image/png", "size": len(PNG), **asked}
    granted = await visitor.say("upload", wanted)
    if "error" in granted:
        return 0, granted
    return await posts(shop, granted, body, wanted["type"])


async def posts(shop: Shop, granted: dict[str, Any], body: Any, kind: str = "image/png") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {granted['grant']}", "Content-Type": kind}
    async with shop.http.post(shop.base + granted["url"], data=body, headers=headers) as response:
        return response.status, await response.json()


async def test_a_picture_goes_to_the_agent_and_shows_in_every_tab(shop: Shop) -> None:
    visitor = await shop.visitor()
    other = await shop.visitor(visitor.token)
    status, acked = await sends(shop, visitor, PNG)
    assert status == 200 and acked["seq"], acked
    await other.until(lambda: acked["seq"] in other.messages)
    (file,) = other.messages[acked["seq"]]["files"]
    assert (file["name"], file["size"], file["preview"]) == ("写真.png", len(PNG), True)
    async with shop.http.get(shop.base + file["url"]) as response:
        assert await response.read() == PNG
        assert response.headers["Content-Type"] == "image/png"
        assert "sandbox" in response.headers["Content-Security-Policy"]
    (attached,) = (await shop.thread(acked["ticket"])).messages[0].attachments
    assert (attached.filename, attached.size) == ("写真.png", len(PNG))


async def test_the_same_file_twice_is_filed_once(shop: Shop) -> None:
    visitor = await shop.visitor()
    granted = await visitor.say(
        "upload", {"id": "file-00000001", "name": "a.png", "type": "image/png", "size": len(PNG)}
    )
    first = await posts(shop, granted, PNG)
    again = await posts(shop, granted, PNG)
    assert first[1]["seq"] == again[1]["seq"]
    assert len((await shop.thread(first[1]["ticket"])).messages) == 1


async def test_what_is_too_large_or_of_another_type_is_refused_before_it_is_sent(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    _, large = await sends(small_shop, visitor, b"", size=10**9)
    assert large["error"]["code"] == "too_large" and "20" in large["error"]["message"]
    _, program = await sends(small_shop, visitor, b"", name="setup.exe", type="application/x-msdownload", size=1)
    assert program["error"]["code"] == "not_allowed"


async def test_who_sends_something_else_than_announced_is_refused(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    status, answer = await sends(small_shop, visitor, PNG + b"more")
    assert (status, answer["error"]["code"]) == (413, "too_large")
    status, answer = await sends(small_shop, visitor, PNG[:-1], id="file-00000002")
    assert (status, answer["error"]["code"]) == (400, "invalid")

    async def endless() -> Any:
        for _ in range(10_000):
            yield b"x" * 65_536

    status, answer = await sends(small_shop, visitor, endless(), id="file-00000003")
    assert status == 413
    assert await small_shop.rows("SELECT 1 FROM arrival") == []
    assert list((small_shop.parts.files.incoming).iterdir()) == []


async def test_a_grant_is_for_one_visitor_and_cannot_be_made(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    granted = await visitor.say(
        "upload", {"id": "file-00000001", "name": "a.png", "type": "image/png", "size": len(PNG)}
    )
    body, _, signature = granted["grant"].partition(".")
    for grant in ("", "x", f"{body}.x", f"x.{signature}", f"{body[:-4]}AAAA.{signature}", body):
        status, answer = await posts(small_shop, {**granted, "grant": grant}, PNG)
        assert (status, answer["error"]["code"]) == (403, "forbidden"), grant
    async with small_shop.http.post(small_shop.base + "/chat/files", data=PNG) as response:
        assert response.status == 403


async def test_the_agents_file_is_had_by_its_signed_address_only(shop: Shop) -> None:
    visitor = await shop.visitor()
    acked = await visitor.send("見積書をください")
    content = b"%PDF-1.7 ..."
    stored = await asyncio.to_thread(shop.parts.files.keep, iter([content]))
    assert stored == Stored(hashlib.sha256(content).hexdigest(), len(content))
    upload = await shop.parts.database.write(attachments.upload, shop.agent, stored, "見積書.pdf", "application/pdf")
    await shop.reply(acked["ticket"], "お送りします", attachments=[upload.id])
    await visitor.until(lambda: visitor.newest > acked["seq"])
    (file,) = visitor.messages[visitor.newest]["files"]
    async with shop.http.get(shop.base + file["url"]) as response:
        assert await response.read() == content
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["Content-Type"] == "application/octet-stream"
    key = file["url"].split("/")[4]
    until, account, conversation, signature = key.split(".")
    for wrong in (
        "x",
        f"{int(until) + 3600}.{account}.{conversation}.{signature}",
        f"{until}.{account}.c_another.{signature}",
        f"{until}.{account}.{conversation}.",
        "1.1.1.1.1",
    ):
        async with shop.http.get(f"{shop.base}/chat/files/{file['id']}/{wrong}/a.pdf") as response:
            assert response.status == 403, wrong
    async with shop.http.get(f"{shop.base}/chat/files/{file['id'] + 1}/{key}/a.pdf") as response:
        assert response.status == 403


async def test_a_notes_file_is_never_had(shop: Shop) -> None:
    visitor = await shop.visitor()
    acked = await visitor.send("はい")
    stored = await asyncio.to_thread(shop.parts.files.keep, iter([b"secret"]))
    upload = await shop.parts.database.write(attachments.upload, shop.agent, stored, "memo.txt", "text/plain")
    await shop.parts.database.write(tickets.note, shop.agent, acked["ticket"], "社内メモ", attachments=[upload.id])
    desk = shop.parts.desk
    assert await desk.file(shop.account, acked["conversation"], upload.id) is None
