"""Every admin page: it opens in both languages for who may see it, and for nobody else."""

from __future__ import annotations

import re

import pytest

from server.web.admin.navigation import GROUPS
from tests.web.admin.conftest import House

ENTRIES = [entry for _, entries in GROUPS for entry in entries]


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_every_page_opens_in_both_languages(house: House, language: str) -> None:
    browser = await house.browser("admin", language)
    for entry in ENTRIES:
        page = await browser.get(f"/admin/{entry.name}")
        assert page.status == 200, page.text
        assert f'lang="{language}"' in page.html
        assert page.tree.css_first("h1") is not None


@pytest.mark.parametrize("role", ["viewer", "agent", "lead", "admin"])
async def test_a_role_opens_its_pages_and_no_other(house: House, role: str) -> None:
    browser = await house.browser(role)
    ranks = ["viewer", "agent", "lead", "admin"]
    for entry in ENTRIES:
        page = await browser.get(f"/admin/{entry.name}", Accept="application/json")
        allowed = ranks.index(role) >= ranks.index(entry.role)
        assert page.status == (200 if allowed else 403), entry.name


async def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page(house: House) -> None:
    from tests.web.admin.conftest import Browser

    page = await Browser(house.server, None).get("/admin/accounts")
    assert page.url == "/sign-in?next=/admin/accounts"


async def test_another_sites_form_changes_nothing(house: House) -> None:
    browser = await house.browser()
    page = await browser.post("/admin/tags", {"name": "stolen"}, **{"Sec-Fetch-Site": "cross-site"})
    assert page.status == 403
    assert await house.rows("SELECT * FROM tag") == []


async def test_pages_have_a_strict_policy_and_nothing_inline(house: House) -> None:
    browser = await house.browser()
    for entry in ENTRIES:
        page = await browser.get(f"/admin/{entry.name}")
        assert page.status == 200
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"<[^>]+ (style|on\w+)=", page.html)
        assert not [node for node in page.all("script") if not node.attributes.get("src")]


async def test_the_stylesheet_is_kept_for_ever_under_its_contents_name(house: House) -> None:
    browser = await house.browser()
    page = await browser.get("/admin/accounts")
    address = page.all('link[rel="stylesheet"]')[0].attributes["href"]
    assert address is not None
    sheet = await browser.get(address)
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert "immutable" not in (await browser.get("/admin/static/tokens.css?v=other")).headers["Cache-Control"]
    assert (await browser.get("/admin/static/../base.html", Accept="*/*")).status == 404


async def test_every_input_has_a_label(house: House) -> None:
    browser = await house.browser()
    for path in [*(f"/admin/{entry.name}" for entry in ENTRIES), "/admin/forms/new", "/admin/accounts/new/pigeon"]:
        page = await browser.get(path)
        assert page.status == 200
        labelled = {node.attributes.get("for") for node in page.all("label")}
        for node in page.all("main input, main select, main textarea"):
            kind = node.attributes.get("type")
            inside = node.parent is not None and node.parent.tag == "label"
            if kind == "hidden" or inside or "aria-label" in node.attributes:
                continue
            assert node.attributes.get("id") in labelled, f"{path}: {node.html}"


async def test_whatever_a_name_holds_it_is_shown_as_text(house: House) -> None:
    browser = await house.browser()
    hostile = "\"><script>alert(1)</script>'{{ 7 * 7 }}"
    await browser.post("/admin/tags", {"name": hostile})
    await browser.post("/admin/teams", {"name": hostile})
    await browser.post("/admin/agents", {"name": hostile, "email": "x@desk.example", "role": "agent"})
    await browser.post("/admin/views", {"name": hostile})
    await browser.post("/admin/fields", {"name": "a", "kind": "text", "label_ja": hostile, "label_en": hostile})
    await browser.post("/admin/desk", {**dict((await browser.get("/admin/desk")).typed()), "shop_name.en": hostile})
    shown = 0
    for entry in ENTRIES:
        page = await browser.get(f"/admin/{entry.name}")
        assert [node for node in page.all("script") if not node.attributes.get("src")] == []
        shown += hostile in (page.tree.body.text() if page.tree.body else "")
    assert shown == len(ENTRIES)  # the shop's name stands on each


async def test_what_cannot_be_read_is_refused_and_not_stored(house: House) -> None:
    browser = await house.browser()
    page = await browser.post("/admin/tags", {"name": "a\0b"})
    assert page.status == 422
    assert (await browser.post("/admin/tags/999", {"name": "x", "do": "save"})).status == 404
    assert (await browser.post("/admin/teams", {"name": "x", "members": "999999999999999999999"})).status == 200
    assert await house.rows("SELECT * FROM tag") == []
