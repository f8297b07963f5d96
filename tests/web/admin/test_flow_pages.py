"""The flows' pages without JavaScript: a tree is written, tried, published, brought back, taken to a file, removed."""

from __future__ import annotations

import html
import json
from typing import Any

from aiohttp import FormData

from server.flows import queries
from server.flows.steps import Choices, HandOver
from tests.web.admin.conftest import Browser, House, Page


async def press(browser: Browser, page: Page, do: str, **typed: str) -> Page:
    """A button of the tree, with what else was typed."""
    sent = dict(page.typed("#flow-form")) | {name.replace("__", "."): value for name, value in typed.items()}
    return await browser.post(page.tree.css_first("#flow-form").attributes["action"], {**sent, "do": do})  # type: ignore[union-attr,arg-type]


def bad(page: Page) -> str:
    return " ".join(node.text() for node in page.all(".flow-page ul.error"))


async def test_a_lead_writes_a_tree_tries_and_publishes_it(house: House) -> None:
    lead = await house.browser("lead")
    assert (await (await house.browser("agent")).get("/admin/flows")).status == 403
    page = await lead.post("/admin/flows", {"name": "受付", "like": "blank"})
    assert "Not published" in page.text
    page = await press(lead, page, "add:", **{"kind:": "choices"})
    assert "open=s1" in page.url
    page = await press(lead, page, "add:s1.a", **{"kind:s1.a": "person", "s__s1__words__ja": "ご用件は？"})
    page = await press(lead, page, "publish", **{"s__s1__ways__a__label__ja": "担当者", "languages.ja": "on"})
    assert page.status == 422
    assert "is missing" in bad(page) and "A dead end" in bad(page) and "Nothing begins this flow." in page.text
    assert page.value("s.s1.words.ja") == "ご用件は？"
    typed = dict(page.typed("#flow-form"))
    typed.pop("languages.en", None)
    typed |= {"s.s1.ways.b.label.ja": "終了", "start.words": "メニュー", "kind:s1.b": "end", "do": "add:s1.b"}
    page = await lead.post("/admin/flows/1", typed)
    page = await press(lead, page, "copy:s2")
    page = await press(lead, page, "into:s4", **{"to:s4": ""})
    (flow,) = await house.database.read(queries.all)
    content = (await house.database.read(queries.flow, flow.id)).content
    first, last = content.steps
    assert isinstance(first, Choices) and isinstance(last, HandOver)
    assert [way.label["ja"] for way in first.ways] == ["担当者", "終了"]
    page = await press(lead, page, "up:s4")
    page = await press(lead, page, "remove:s4")
    page = await press(lead, page, "publish")
    assert "Published" in page.text and page.all(".flow-page ul.error") == []
    page = await lead.post("/admin/flows/1", {"do": "enable"})
    assert "Leads customers" in page.text
    stale = dict(page.typed("#flow-form")) | {"edit": "1", "do": "save"}
    assert (await lead.post("/admin/flows/1", stale)).status == 409
    await press(lead, page, "remove:s2")
    assert len((await house.database.read(queries.flow, 1)).problems) == 1
    await lead.post("/admin/flows/1/versions/1")
    assert (await house.database.read(queries.flow, 1)).problems == []
    await lead.post("/admin/flows/1", {"do": "remove"})
    assert await house.database.read(queries.all) == []


def _tapped(page: Page, label: str) -> dict[str, str]:
    carried = next(node for node in page.all('input[name="tried"]')).attributes["value"] or ""
    button = next(node for node in page.all(".try-choices button") if node.text().strip() == label)
    return {"tried": html.unescape(carried), "channel": "line", "lang": "ja", "tap": button.attributes["value"] or ""}


async def test_the_preview_leads_as_line_would_and_keeps_nothing(house: House) -> None:
    lead = await house.browser("lead")
    await lead.post("/admin/flows", {"name": "受付", "like": "sample"})
    where = "/admin/flows/1/preview"
    page = await lead.get(f"{where}?channel=line&lang=ja")
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    page = await lead.post(where, _tapped(page, "注文の状況"))
    assert "ご注文番号をご入力ください。" in page.html
    page = await lead.post(where, _tapped(page, "担当者に相談する"))
    assert "A person takes over" in page.html and not page.all(".try-say")
    assert (await lead.post(where, {"tried": "{broken", "text": "x"})).status == 200
    assert await house.rows("SELECT * FROM flow_run UNION ALL SELECT * FROM flow_run") == []
    assert await house.rows("SELECT id FROM flow_try") == []


async def test_flows_go_to_files_and_come_back(house: House) -> None:
    lead = await house.browser("lead")
    await lead.post("/admin/flows", {"name": "受付", "like": "sample"})
    before = (await house.database.read(queries.flow, 1)).content
    for form in ("json", "toml"):
        file = await lead.get(f"/admin/flows/1/export.{form}")
        assert file.status == 200
        data = FormData()
        data.add_field("file", file.html.encode(), filename=f"flow.{form}", content_type="text/plain")
        assert (await lead.post("/admin/flows/import", data)).status == 200
    views: list[Any] = [
        await house.database.read(queries.flow, ref.id) for ref in await house.database.read(queries.all)
    ]
    assert [(view.name, view.content == before) for view in views] == [("受付", True)] * 3
    for wrong in (b"\xff\xfe", b"[1]", json.dumps({"flow": {"steps": [{"kind": "x"}]}}).encode()):
        data = FormData()
        data.add_field("file", wrong, filename="f.json", content_type="text/plain")
        assert (await lead.post("/admin/flows/import", data)).status == 422
