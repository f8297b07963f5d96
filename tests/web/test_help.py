"""The help centre over HTTP: pages from memory, for search engines too; votes, files, and offers while one types."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from server.faq.views import Entry, Match
from tests.web.house import House

PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 40
CENTRE: dict[str, Any] = {"on": True, "name": {"ja": "月の輪", "en": "Tsukinowa"}, "colour": "#ffee00"}


class Sure:
    """A matcher that always means the first article."""

    async def match(self, text: str, **_: object) -> Match:
        return Match(decision="answer", entries=[Entry("1", 0.97), Entry("2", 0.02)])


async def stocked(house: House, **settings: Any) -> Any:
    """A centre with two articles, one of them in Japanese only; the admin's browser."""
    admin = await house.at_work("Mari", "admin")
    for words, more in (
        (
            {"ja": ("送料はいくらですか", "全国一律 **770円**"), "en": ("How much is shipping?", "¥770")},
            {"category": "配送"},
        ),
        ({"ja": ("領収書がほしい", "マイページで")}, {}),
    ):
        content = {"words": {lang: {"question": q, "full": a} for lang, (q, a) in words.items()}, **more}
        made = (await admin.api("POST", "/articles", {"content": content})).json
        await admin.api("PUT", f"/articles/{made['id']}/state", {"state": "published"})
    form = {"slug": "main", "domain": "help.shop.example", "settings": {**CENTRE, **settings}}
    assert (await admin.api("POST", "/help-centres", form)).status == 201
    return admin


async def test_pages_are_kept_and_changed_at_once_and_say_what_search_engines_ask(house: House) -> None:
    admin = await stocked(house)
    reader = house.stranger()
    begin = await reader.page("/help", **{"Accept-Language": "en"})
    assert (begin.status, begin.headers["Location"]) == (302, "/help/en/")
    home = await reader.page("/help/ja/")
    assert "送料はいくらですか" in home.text and "領収書がほしい" in home.text
    assert "<script" not in home.text.replace('<script type="application/ld+json">', "")
    again = await reader.page("/help/ja/", **{"If-None-Match": home.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    moved = await reader.page("/help/ja/articles/1-an-old-name")
    assert (moved.status, moved.headers["Location"]) == (301, f"/help/ja/articles/{quote('1-送料はいくらですか')}")
    page = await reader.page(moved.headers["Location"])
    assert "<strong>770円</strong>" in page.text
    address = f"https?://help.shop.example/help/ja/articles/{quote('1-送料はいくらですか')}"
    assert re.search(f'rel="canonical" href="{address}"', page.text)
    assert 'hreflang="en"' in page.text and "og:title" in page.text
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text)
    assert block is not None
    crumbs, faq = json.loads(block[1])["@graph"]
    assert [each["name"] for each in crumbs["itemListElement"]] == ["ヘルプセンター", "配送", "送料はいくらですか"]
    assert faq["mainEntity"][0]["acceptedAnswer"]["text"] == "<p>全国一律 <strong>770円</strong></p>\n"
    fallback = await reader.page("/help/en/articles/2", follow=True)
    assert (
        "only available in Japanese" in fallback.text and "/help/ja/articles/2-" in fallback.text.split("canonical")[1]
    )
    missing = await reader.page("/help/en/articles/99")
    assert missing.status == 404 and "How much is shipping?" in missing.text
    content = {"words": {"ja": {"question": "送料について", "full": "</script><b>800円"}}}
    await admin.api("PATCH", "/articles/1", {"content": content})
    await admin.api("PUT", "/articles/1/state", {"state": "published"})
    house.parts.help.changed()  # the test's house has no reactions
    fresh = await reader.page("/help/ja/articles/1", follow=True)
    assert "800円" in fresh.text and "</script><b>" not in fresh.text
    style = re.search(r'href="(/help/style/[^"]+)"', fresh.text)
    assert style is not None
    css = (await reader.page(style[1])).text
    assert "--on-accent:#000000" in css, "black upon yellow"


async def test_sitemap_feed_and_robots_name_what_may_be_read(small_house: House) -> None:
    await stocked(small_house)
    reader = small_house.stranger()
    sitemap = (await reader.page("/help/sitemap.xml")).text
    assert sitemap.count("<loc>") == 2 + 2 + 3, "the first pages, the category, the articles by language"
    feed = (await reader.page("/help/en/feed.xml")).text
    assert feed.count("<entry>") == 1 and "How much is shipping?" in feed
    own = await reader.page("/robots.txt", Host="help.shop.example")
    assert own.text.splitlines() == [
        "User-agent: *",
        "Allow: /help/",
        "Disallow: /",
        "Sitemap: http://help.shop.example/help/sitemap.xml",
    ]
    assert (await reader.page("/robots.txt")).text == "User-agent: *\nDisallow: /\n"


async def test_a_host_of_its_own_shows_the_help_centre_and_nothing_else(small_house: House) -> None:
    admin = await stocked(small_house)
    await small_house.parts.help.shelf()
    reader = small_house.stranger()
    host = {"Host": "Help.Shop.Example:443"}
    assert (await reader.page("/", **host)).headers["Location"] == "/help/"
    assert (await reader.page("/help/ja/", **host)).status == 200
    for path in ("/console", "/admin", "/sign-in", "/api/v1/articles", "/forms/contact", "/help/main/ja/"):
        assert (await admin.page(path, **host)).status == 404, path
    assert (await admin.page("/console", Host="help.shop.example.")).status == 404, "a dot at the end is the same host"
    assert (await reader.page("/help/ja/", Host="unknown.example")).status == 200


async def test_a_vote_needs_no_cookie_and_counts_once(house: House) -> None:
    admin = await stocked(house)
    reader = house.stranger()
    where = "/help/ja/articles/1/vote"
    assert (await reader.page(where, {"helpful": "yes"}, **{"Sec-Fetch-Site": "cross-site"})).status == 403
    for helpful in ("yes", "no"):
        voted = await reader.page(where, {"helpful": helpful})
        assert voted.status == 303 and f"voted={helpful}" in voted.headers["Location"]
        assert "Set-Cookie" not in voted.headers
    asked = await reader.page(voted.headers["Location"].partition("#")[0])
    assert "<textarea" in asked.text
    await reader.page(where, {"helpful": "no", "words": "沖縄は<いくら>？"})
    received = await admin.page("/admin/reception")
    assert "沖縄は<いくら>？" in unescape(received.text) and "<いくら>" not in received.text
    one = (await admin.api("GET", "/articles/reception")).json["articles"][0]
    assert (one["article"], one["yes"], one["no"]) == (1, 0, 1)
    house.hold_limits()
    for _ in range(30):
        last = await reader.page(where, {"helpful": "yes"})
    assert last.status == 429


async def test_files_of_an_article_are_for_those_who_may_read_it(house: House) -> None:
    admin = await stocked(house)
    reader = house.stranger()
    for name, media, body in (
        ("器.png", "image/png", PICTURE),
        ("地図.html", "text/html", b"<script>alert(1)</script>"),
    ):
        made = await admin.api(
            "POST", f"/articles/1/files?filename={quote(name)}", body, headers={"Content-Type": media}
        )
        assert made.status == 201, made.text
    assert (await reader.page(f"/help/files/1/1/{quote('器.png')}")).status == 404, "not published yet"
    await admin.api("PUT", "/articles/1/state", {"state": "published"})
    house.parts.help.changed()
    page = await reader.page("/help/ja/articles/1", follow=True)
    assert "地図.html" in page.text
    picture = await reader.page(f"/help/files/1/1/{quote('器.png')}")
    assert (picture.body, picture.headers["Content-Type"]) == (PICTURE, "image/png")
    html = await reader.page("/help/files/1/2/x")
    assert html.headers["Content-Type"] == "application/octet-stream"
    assert (
        html.headers["Content-Disposition"].startswith("attachment")
        and "sandbox" in html.headers["Content-Security-Policy"]
    )
    assert (await admin.api("GET", "/articles/1/files/2")).body == b"<script>alert(1)</script>"
    exported = (await admin.page("/admin/faq/export.csv")).text
    assert "器.png, 地図.html" in exported
    gone = await admin.api("DELETE", "/articles/1/files/2")
    assert gone.json["content"]["attachments"] == [1]


async def test_what_is_offered_while_typing_is_asked_by_our_own_pages_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await stocked(house)
    monkeypatch.setattr(house.parts.help, "_faq", Sure())
    reader = house.stranger()
    typed = {"kind": "form", "slug": "contact", "lang": "en", "text": "How much is it to ship?"}

    async def ask(body: Any, path: str = "suggest", **headers: str) -> tuple[int, Any]:
        url = f"{house.base}/help/{path}"
        async with reader.http.post(url, json=body, headers=headers) as answer:
            assert "Access-Control-Allow-Origin" not in answer.headers
            return answer.status, json.loads(await answer.read() or b"null")

    status, offers = await ask(typed)
    assert (status, [each["question"] for each in offers["items"]]) == (200, ["How much is shipping?"])
    assert offers["items"][0]["url"] == "http://help.shop.example/help/en/articles/1"
    assert (await ask({**typed, "text": "ok"}))[1]["items"] == []
    assert (await ask(typed, **{"Sec-Fetch-Site": "cross-site"}))[0] == 403
    assert (await ask(typed, Origin="https://evil.example"))[0] == 403
    async with reader.http.post(f"{house.base}/help/suggest", data=json.dumps(typed)) as plain:
        assert plain.status == 400, "only JSON, which other sites may not send"
    assert (await ask({"kind": "form", "slug": "contact", "article": 1, "what": "solved"}, "told"))[0] == 204
    found = (await ask({**typed, "kind": "chat", "text": "領収書"}, "find"))[1]
    assert "領収書がほしい" in [each["question"] for each in found["items"]]
    await house.parts.help.counts.flush()
    one = (await admin.api("GET", "/articles/reception")).json["articles"][0]
    assert (one["shown"], one["solved"]) == (1, 1)
    kept = await house.database.read(lambda tx: [list(row) for row in tx.all("SELECT * FROM help_count")])
    assert "ship" not in str(kept)
    mine = (await admin.api("GET", "/articles/1")).json["content"]
    await admin.api("PATCH", "/articles/1", {"content": {**mine, "channels": ["line", "form"]}})
    await admin.api("PUT", "/articles/1/state", {"state": "published"})
    house.parts.help.changed()
    assert len((await ask(typed))[1]["items"]) == 1
    assert (await ask({**typed, "kind": "chat"}))[1]["items"] == [], "it does not hold in chats"
    listed = await reader.page("/help/list/chat/shop/en")
    assert "領収書がほしい" in listed.text and "shipping" not in listed.text
    off = {"slug": "main", "domain": None, "settings": {**CENTRE, "offer_on_form": False}}
    await admin.api("PUT", "/help-centres/1", off)
    assert (await ask(typed))[0] == 204
    house.hold_limits()
    codes = [(await ask({**typed, "kind": "chat"}))[0] for _ in range(45)]
    assert 429 in codes


async def test_a_centre_is_made_changed_and_looked_at_on_its_admin_page(small_house: House) -> None:
    admin = await small_house.at_work("Mari", "admin")
    agent = await small_house.at_work("Aoi")
    assert (await agent.page("/admin/help")).status == 403
    form = {"slug": "main", "domain": "", "languages": "ja", "first": "ja", "colour": "#123456", "name.ja": "月の輪",
            "links.0.ja": "お店", "links.0.url": "https://shop.example", "votes": "on"}  # fmt: skip
    made = await admin.page("/admin/help/new", form)
    assert made.status == 303, unescape(made.text)
    page = await admin.page("/admin/help/1", follow=True)
    assert "https://shop.example" in page.text
    assert (await admin.page("/help/ja/")).status == 404, "it is off"
    assert "月の輪" in (await admin.page("/admin/help/1/preview")).text
    bad = await admin.page("/admin/help/1", {**form, "domain": "no host", "version": "1"})
    assert bad.status == 422 and "no host" in bad.text
    body = aiohttp.FormData(quote_fields=False)
    for name, value in {**form, "on": "on", "version": "1"}.items():
        body.add_field(name, value)
    body.add_field("logo", b"no picture", filename="logo.png", content_type="image/png")
    async with admin.http.post(f"{small_house.base}/admin/help/1", data=body) as refused:
        assert refused.status == 422
    on = await admin.page("/admin/help/1", {**form, "on": "on", "version": "1"})
    assert on.status == 303
    assert (await admin.page("/help/ja/")).status == 200
    assert (await admin.page("/help/en/")).status == 404, "it speaks Japanese only"
    lead = await small_house.at_work("Ren", "lead")
    words = {"key": "配送", "ja.name": "配送・送料", "en.name": "Shipping", "en.description": "How long"}
    assert (await lead.page("/admin/categories", words)).status == 303
    assert "配送・送料" in (await lead.page("/admin/categories")).text
    assert (await admin.page("/admin/help/1", {"do": "remove"})).status == 303
    assert (await admin.page("/help/ja/")).status == 404


async def test_an_article_is_written_with_files_previewed_looked_at_again_and_taken_back(small_house: House) -> None:
    lead = await small_house.at_work("Ren", "lead")
    body = aiohttp.FormData(quote_fields=False)
    for name, value in {
        "words.ja.question": "洗い方は",
        "words.ja.full": "# 手順\n![器](器.png)",
        "review_on": "2026-01-01",
    }.items():
        body.add_field(name, value)
    body.add_field("files", PICTURE, filename="器.png", content_type="image/png")
    headers = {"Sec-Fetch-Site": "same-origin"}
    url = f"{small_house.base}/admin/faq/new"
    async with lead.http.post(url, data=body, headers=headers, allow_redirects=False) as made:
        assert made.status == 303, await made.text()
    page = await lead.page("/admin/faq/1")
    assert "器.png" in page.text and "見直し" in page.text
    preview = await lead.page("/admin/faq/1/preview")
    assert '<img src="/api/v1/articles/1/files/1"' in preview.text and "noindex" in preview.text
    listed = await lead.page("/admin/faq?due=1")
    assert "洗い方は" in listed.text and "要見直し" in listed.text
    changed = {"words.ja.question": "洗い方について", "words.ja.full": "布で", "version": "2"}
    assert (await lead.page("/admin/faq/1", changed)).status == 303
    assert "洗い方は" not in (await lead.page("/admin/faq?due=1")).text
    earlier = await lead.page("/admin/faq/1?version=2")
    assert "洗い方は" in earlier.text and 'name="version" value="3"' in earlier.text
    assert (await lead.page("/admin/faq/1?version=9")).status == 404
