"""Importing and exporting by the pages, as somebody without JavaScript does."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import FormData

from server.customers.imports.running import Importer
from server.web.doors import DOORS
from tests.web.admin.conftest import Browser, House, Page

TEXT = (
    "会員番号,お名前,メールアドレス,電話番号,謎\r\n1,髙橋 ①郎,a@example.jp,090-1234-5678,x\r\n"
    "2,佐藤 花子,b@example.jp,9.01E+09,y\r\n3,鈴木,c@example.jp,,z\r\n"
)


async def bring(browser: Browser, body: bytes, name: str = "顧客.csv", **headers: str) -> Page:
    form = FormData(quote_fields=False)
    form.add_field("file", body, filename=name, content_type="application/octet-stream")
    return await browser.post("/admin/imports", form, **headers)


async def work(house: House) -> None:
    """What the importer does in the background."""
    importer = Importer(house.database, house.files, lambda _: ZoneInfo("Asia/Tokyo"))
    (row,) = await house.rows("SELECT id FROM customer_import WHERE state IN ('trying', 'running', 'undoing')")
    assert await importer.take_over(row.id)
    await importer.work(row.id)


def counted(page: Page) -> dict[str, str]:
    return {node.css_first("dt").text(): node.css_first("dd").text() for node in page.all("dl.counts > div")}  # type: ignore[union-attr]


def decided(page: Page, do: str, **changes: str) -> list[tuple[str, str]]:
    typed = [(name, changes.get(name, value)) for name, value in page.typed("form[data-keep]")]
    return [*typed, ("do", do)]


async def test_a_file_is_looked_at_tried_taken_in_and_taken_back(house: House) -> None:
    lead = await house.browser("lead")
    page = await bring(lead, TEXT.encode("cp932"))
    assert page.status == 200 and re.fullmatch(r"/admin/imports/\d+", page.url), page.text
    assert "顧客.csv" in page.text and "CP932" in page.text
    assert page.value("columns.0") == "external_id" and page.value("columns.3") == "phone"
    assert page.value("columns.4") is None, "nobody knows what it is"
    assert len(page.all(".sample tbody tr")) == 3
    page = await lead.post(page.url, decided(page, "try"))
    assert page.all("[data-live] progress") and page.all('noscript meta[http-equiv="refresh"]')
    await work(house)
    page = await lead.get(page.url)
    assert (counted(page)["Rows"], counted(page)["New ones"], counted(page)["Not taken"]) == ("3", "2", "1")
    assert "電話番号" in page.text and await house.rows("SELECT * FROM customer") == []
    refused = await lead.get(f"{page.url}/refused")
    assert "%E9%A1%A7%E5%AE%A2-refused.csv" in refused.headers["Content-Disposition"]
    page = await lead.post(page.url, [*decided(page, "run"), ("unreadable", "on")])
    await work(house)
    page = await lead.get(page.url)
    assert counted(page)["New ones"] == "3" and counted(page)["Taken without some cells"] == "1"
    assert {row.name for row in await house.rows("SELECT name FROM customer")} == {"髙橋 ①郎", "佐藤 花子", "鈴木"}
    listed = await lead.get("/admin/imports")
    assert "Taken in" in listed.text
    await lead.post(page.url, {"do": "undo"})
    await work(house)
    page = await lead.get(page.url)
    assert counted(page)["Removed again"] == "3" and await house.rows("SELECT * FROM customer") == []
    start, undo = await house.rows("SELECT * FROM audit WHERE what = 'import' ORDER BY id")
    assert (start.detail["did"], undo.detail["did"]) == ("start", "undo")


async def test_refused_rows_come_back_in_the_form_in_which_they_came(house: House) -> None:
    lead = await house.browser("lead", "ja")
    page = await bring(lead, TEXT.encode("cp932"))
    page = await lead.post(page.url, decided(page, "try"))
    await work(house)
    body = await raw(house, lead, f"{page.url}/refused")
    (row,) = list(csv.DictReader(io.StringIO(body.decode("cp932"))))
    assert (row["お名前"], row["電話番号"]) == ("佐藤 花子", "9.01E+09")
    assert row["取り込めない理由"] == "電話番号：表計算ソフトで桁が失われています"


async def raw(house: House, browser: Browser, path: str) -> bytes:
    from aiohttp import ClientSession

    async with (
        ClientSession(cookies=browser._cookies) as session,
        session.get(house.server.make_url("/").join(house.server.make_url(path))) as response,
    ):
        assert response.status == 200
        return await response.read()


async def test_another_row_of_headers_and_the_other_kind_are_read_anew(house: House) -> None:
    lead = await house.browser("lead")
    page = await bring(lead, "x,y\n注文番号,注文日,商品名\n1,2025-11-01,茶\n".encode())
    assert page.value("header") == "2" and page.value("columns.0") == "number"
    page = await lead.post(page.url, {"header": "1", "what": "customers", "do": "reread"})
    assert page.value("header") == "1" and "(leave out)" in page.text
    page = await lead.post(page.url, decided(page, "try"))
    assert page.status == 422 and page.all(".error")


async def test_what_cannot_be_read_is_said_beside_the_file(house: House) -> None:
    lead = await house.browser("lead")
    for body in (b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04no"):
        page = await bring(lead, body)
        assert page.status == 422 and page.all("#e-file"), body
    page = await lead.post("/admin/imports", {"file": "none"})
    assert page.status == 422


async def test_a_file_that_is_too_large_is_refused(house: House) -> None:
    import dataclasses

    lead = await house.browser("lead")
    app: Any = house.server.app
    small = dataclasses.replace(app[DOORS], max_import_bytes=1000)
    app._state[DOORS] = small
    page = await bring(lead, b"a,b\n" * 1000)
    assert page.status == 422 and "larger" in page.text


async def test_other_sites_and_agents_bring_nothing(house: House) -> None:
    lead, agent = await house.browser("lead"), await house.browser("agent")
    assert (await bring(lead, TEXT.encode(), **{"Sec-Fetch-Site": "cross-site"})).status == 403
    assert (await bring(agent, TEXT.encode())).status == 403
    assert (await agent.get("/admin/exports/file")).status == 403
    assert await house.rows("SELECT * FROM customer_import") == []


async def test_an_import_under_way_can_be_cancelled_and_a_file_removed(house: House) -> None:
    lead = await house.browser("lead")
    page = await bring(lead, TEXT.encode())
    page = await lead.post(page.url, decided(page, "run"))
    page = await lead.post(page.url, {"do": "cancel"})
    assert "Cancelled" in page.text and "Go on" in page.text
    page = await lead.post(page.url, {"do": "remove"})
    assert page.url.startswith("/admin/imports?done=")
    page = await bring(lead, TEXT.encode())
    await lead.post(page.url, {"do": "remove"})
    assert len(await house.rows("SELECT * FROM customer_import")) == 1


async def test_exports_say_what_does_not_fit(house: House) -> None:
    lead = await house.browser("lead")
    page = await bring(lead, "お名前,メールアドレス\n𠮷野,a@example.jp\n".encode())
    await lead.post(page.url, decided(page, "run"))
    await work(house)
    page = await lead.get("/admin/exports?what=customers&format=csv&encoding=cp932&check=1")
    (row,) = page.all("#strange tbody tr")
    assert "U+20BB7" in row.text() and "吉" in row.text()
    sheet = await raw(house, lead, "/admin/exports/file?what=customers&format=csv&encoding=cp932")
    assert "吉野" in sheet.decode("cp932")
    assert (await raw(house, lead, "/admin/exports/file?format=xlsx")).startswith(b"PK")
    assert (await lead.get("/admin/exports/file?format=exe", Accept="application/json")).status == 422
