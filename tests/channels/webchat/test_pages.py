"""The panel's page, the loader, and the poll of the launcher: framed only where allowed, cached, never needed."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import Account
from channels.webchat.pages import Pages
from channels.webchat.sites import Sites
from tests.channels.desk import FakeDesk
from tests.channels.webchat.shop import SITE, Shop


async def test_the_panel_is_framed_by_the_sites_own_pages_only(small_shop: Shop) -> None:
    async with small_shop.http.get(f"{small_shop.base}/chat/panel/shop?lang=en") as response:
        policy = response.headers["Content-Security-Policy"]
        html = await response.text()
    assert f"frame-ancestors 'self' {SITE}" in policy
    assert "unsafe" not in policy and "X-Frame-Options" not in response.headers
    assert 'lang="en"' in html
    assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\son\w+=", html), "nothing inline runs"


async def test_what_an_admin_writes_cannot_break_out_of_the_page(small_shop: Shop) -> None:
    evil = "</script><script>alert(1)</script><!--"
    await small_shop.change(title={"ja": evil, "en": evil}, greeting={"ja": evil})
    async with small_shop.http.get(f"{small_shop.base}/chat/panel/shop") as response:
        html = await response.text()
    assert "<script>alert" not in html
    block = re.search(r'<script type="application/json" id="settings">(.*?)</script>', html, re.S)
    assert block is not None and json.loads(block[1])["title"]["ja"] == evil


async def test_a_site_that_is_switched_off_has_no_panel(small_shop: Shop) -> None:
    async with small_shop.http.get(f"{small_shop.base}/chat/panel/nowhere") as response:
        assert response.status == 404


async def test_the_launcher_asks_how_much_is_unread(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    ticket = (await visitor.send("いますか"))["ticket"]
    await small_shop.reply(ticket, "はい")
    headers = {"Authorization": f"Bearer {visitor.token}", "Origin": SITE}
    url = f"{small_shop.base}/chat/unread?site=shop"
    async with small_shop.http.get(url, headers=headers) as response:
        assert response.headers["Access-Control-Allow-Origin"] == SITE
        body = await response.json()
    assert (body["unread"], body["open"]) == (1, True)
    asking = {"Origin": SITE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    async with small_shop.http.options(url, headers=asking) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Headers"] == "Authorization"


async def test_the_launchers_question_is_answered_to_the_sites_pages_only(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    url = f"{small_shop.base}/chat/unread?site=shop"
    async with small_shop.http.options(url, headers={"Origin": "https://evil.example"}) as response:
        assert "Access-Control-Allow-Origin" not in response.headers
    for token, status in (("", 401), ("x.y", 401), (f"{visitor.token}x", 401)):
        async with small_shop.http.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
            assert response.status == status


async def test_the_loader_is_kept_by_browsers_and_asked_for_again_cheaply(tmp_path: Path) -> None:
    (tmp_path / "chat-loader-ABCDEFGH.js").write_text("(function(){})();")
    (tmp_path / "manifest.json").write_text('{"chat-loader.js": "chat-loader-ABCDEFGH.js"}')
    async with _serving(tmp_path) as server, aiohttp.ClientSession() as http:
        async with http.get(server.make_url("/chat/loader.js")) as response:
            assert await response.text() == "(function(){})();"
            assert "max-age" in response.headers["Cache-Control"]
            assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            tag = response.headers["ETag"]
        async with http.get(server.make_url("/chat/loader.js"), headers={"If-None-Match": tag}) as response:
            assert response.status == 304


async def test_the_loader_goes_out_compressed_to_whoever_takes_it(tmp_path: Path) -> None:
    script = b"(function(){})();"
    (tmp_path / "chat-loader-ABCDEFGH.js").write_bytes(script)
    (tmp_path / "chat-loader-ABCDEFGH.js.gz").write_bytes(gzip.compress(script))
    (tmp_path / "manifest.json").write_text('{"chat-loader.js": "chat-loader-ABCDEFGH.js"}')
    async with _serving(tmp_path) as server, aiohttp.ClientSession(auto_decompress=False) as http:
        tags = set()
        for offer, packed in {"gzip, br": True, "*": True, "br": False, "gzip;q=0, *": False, "": False}.items():
            url = server.make_url("/chat/loader.js")
            async with http.get(url, headers={"Accept-Encoding": offer}) as response:
                body = await response.read()
                assert response.headers["Vary"] == "Accept-Encoding"
                assert response.headers.get("Content-Encoding") == ("gzip" if packed else None), offer
                assert (gzip.decompress(body) if packed else body) == script
                assert "max-age" in response.headers["Cache-Control"]
                tags.add((packed, response.headers["ETag"]))
        assert len(tags) == 2 and len({tag for _, tag in tags}) == 2


async def test_without_the_built_browser_code_the_pages_still_answer(tmp_path: Path) -> None:
    async with _serving(tmp_path) as server, aiohttp.ClientSession() as http:
        async with http.get(server.make_url("/chat/loader.js")) as response:
            assert response.status == 404
        async with http.get(server.make_url("/chat/panel/shop")) as response:
            assert response.status == 200 and '<script type="module"' not in await response.text()


def _serving(built: Path) -> TestServer:
    desk = FakeDesk(Account(1, "webchat", "Shop", "shop", {"slug": "shop"}))
    app = web.Application()
    app.add_routes(Pages(desk, Sites(desk), built).routes())
    return TestServer(app)
