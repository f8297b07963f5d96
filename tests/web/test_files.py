"""Files in and out, and the HTML of mails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from channels.contract import Arrival, Raw
from server.database import Engine
from tests.web.house import House, open_house

HTML_MAIL = b"""\
From: Hanako <hanako@mail.example>
To: support@shop.example
Subject: picture
Message-ID: <html@mail.example>
MIME-Version: 1.0
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p onclick="alert(1)">here</p><img src="cid:pic@x"><img src="https://tracker.example/a.gif"><script>alert(1)</script>
--b
Content-Type: image/png
Content-ID: <pic@x>
Content-Disposition: inline; filename="a.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--b--
"""


async def test_an_upload_becomes_part_of_a_reply_and_comes_back_byte_for_byte(house: House) -> None:
    number, aoi, bea = await house.ticket(), await house.at_work(), await house.at_work("Bea")
    data = bytes(range(256)) * 2000
    headers = {"Content-Type": "application/pdf"}
    up = await aoi.api("POST", "/files?filename=見積書.pdf", data, headers=headers)
    assert up.status == 201 and up.json["size"] == len(data)
    path = up.json["url"].removeprefix("/api/v1")
    assert (await bea.api("GET", path)).status == 404
    reply = {"text": "お見積りです。", "seen": 1, "attachments": [up.json["id"]]}
    assert (await aoi.api("POST", f"/tickets/{number}/replies", reply)).status == 201
    down = await bea.api("GET", path)
    assert down.body == data
    assert down.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''%E8%A6%8B" in down.headers["Content-Disposition"]
    part = await bea.api("GET", path, headers={"Range": "bytes=0-9"})
    assert (part.status, part.body) == (206, data[:10])
    assert (await house.stranger().api("GET", path)).status == 401


async def test_a_form_can_upload_too(house: House) -> None:
    aoi = await house.at_work()
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", b"picture", filename="写真.png", content_type="image/png")
    async with aoi.http.post(f"{house.base}/api/v1/files", data=form) as answer:
        made = await answer.json()
    assert (made["filename"], made["content_type"], made["preview"]) == ("写真.png", "image/png", True)


@pytest.mark.parametrize(
    "claimed", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/html; charset=x", "nonsense"]
)
async def test_a_file_that_could_hold_a_script_is_only_ever_downloaded(small_house: House, claimed: str) -> None:
    aoi = await small_house.at_work()
    up = await aoi.api("POST", "/files?filename=a.html", b"<script>", headers={"Content-Type": claimed})
    down = await aoi.api("GET", up.json["url"].removeprefix("/api/v1"))
    assert down.headers["Content-Type"] == "application/octet-stream"
    assert down.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in down.headers["Content-Security-Policy"]


async def test_a_picture_is_shown_in_place_unless_a_download_is_asked_for(small_house: House) -> None:
    aoi = await small_house.at_work()
    up = await aoi.api("POST", "/files?filename=a.png", b"x", headers={"Content-Type": "image/png"})
    path = up.json["url"].removeprefix("/api/v1")
    shown, saved = await aoi.api("GET", path), await aoi.api("GET", f"{path}?download=true")
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert saved.headers["Content-Disposition"].startswith("attachment")


async def test_more_than_the_desk_takes_is_refused_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    async with open_house(engine, tmp_path, max_upload_bytes=1000) as house:
        aoi = await house.at_work()
        headers = {"Content-Type": "application/octet-stream"}
        assert (await aoi.api("POST", "/files?filename=a", b"x" * 1000, headers=headers)).status == 201
        assert (await aoi.api("POST", "/files?filename=a", b"x" * 1001, headers=headers)).status == 413

        async def endless() -> object:
            for _ in range(100):
                yield b"x" * 100
                await asyncio.sleep(0)

        async with aoi.http.post(f"{house.base}/api/v1/files?filename=a", data=endless(), headers=headers) as answer:
            assert answer.status == 413
        assert list(house.parts.files.incoming.iterdir()) == []


async def test_names_of_files_are_made_harmless(small_house: House) -> None:
    aoi = await small_house.at_work()
    headers = {"Content-Type": "text/plain"}
    for given, kept in (("../../etc/passwd", "passwd"), ("", "file"), ("C:\\x\\注文.txt", "注文.txt")):
        async with aoi.http.post(
            f"{small_house.base}/api/v1/files", params={"filename": given}, data=b"x", headers=headers
        ) as answer:
            assert (await answer.json())["filename"] == kept


async def test_a_mails_html_is_shown_in_a_page_that_can_do_nothing(house: House) -> None:
    await house.mailbox()
    (account,) = house.parts.desk.accounts("email")
    arrival = Arrival(account, "html", Raw(HTML_MAIL), "message/rfc822", datetime.now(UTC))
    accepted, aoi = await house.parts.desk.accept(arrival), await house.at_work()
    (message,) = (await aoi.api("GET", f"/tickets/{accepted.ticket}/messages")).json["items"]
    assert message["html"]
    page = await aoi.api("GET", f"/messages/{message['id']}/html")
    policy = page.headers["Content-Security-Policy"]
    assert page.status == 200 and "sandbox" in policy and "script-src" not in policy and "https:" not in policy
    assert "<script" not in page.text and "onclick" not in page.text
    open_images = await aoi.api("GET", f"/messages/{message['id']}/html?images=1")
    assert "https:" in open_images.headers["Content-Security-Policy"]
    address = page.text.split('<img src="')[1].split('"')[0].replace("&amp;", "&")
    picture = await house.stranger().api("GET", address.removeprefix("/api/v1"))
    assert picture.status == 200 and picture.body == b"\x89PNG\r\n\x1a\n"
    forged = address.removeprefix("/api/v1")[:-3] + "AAA"
    assert (await house.stranger().api("GET", forged)).status == 401
    original = await aoi.api("GET", f"/messages/{message['id']}/original")
    assert original.body == HTML_MAIL and "attachment" in original.headers["Content-Disposition"]
