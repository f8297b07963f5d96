"""Hostile HTML mail in a real browser: nothing runs, nothing is fetched, nothing goes anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, Route, async_playwright

from tests.bad_days.hostile import BODIES, EVIL
from tests.servers import SUPPORT, Agent, Desk, Street

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=IsolateSandboxedIframes",  # a process for each of forty frames is more than a small machine has
]
FRAME = 'sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"'
"""As the console frames a mail."""
ALL_LINK = ("overlay", "overlay by margins")
"""These may fill their own frame with a link; they do not get beyond it, and it opens as any link does."""
VIEW = {"width": 1280, "height": 1500}
LINKED = f"{EVIL}/page"
HARMFUL = ("<script", "onerror", "onload", "javascript:", "<iframe", "<form", "<svg", "<meta http", "position:")
MOST_LIKELY = ("script", "image error", "svg", "refresh", "refresh by data", "base", "form", "frames", "objects")


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Debian's browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


def an_html_mail(name: str, html: str) -> bytes:
    """A mail of nothing but this HTML, as it is."""
    head = (
        f"From: evil@elsewhere.example\r\nTo: {SUPPORT}\r\nSubject: {name.encode('ascii', 'replace').decode()}\r\n"
        f"Message-ID: <{abs(hash(name))}@elsewhere.example>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0900\r\n"
        'MIME-Version: 1.0\r\nContent-Type: text/html; charset="utf-8"\r\n\r\n'
    )
    return head.encode() + html.encode()


@dataclass
class Watched:
    """A browser whose every move is written down. Nothing but the desk can be reached from it."""

    context: BrowserContext
    desk: Desk
    page: Page
    outside: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def begin(self) -> Watched:
        """Listen everywhere."""
        await self.context.route("**/*", self._route)
        self.context.on("page", lambda page: self.wrong.append(f"a window opened: {page.url}"))
        self.page.on("dialog", self._dialog)
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.text == "pwned" else None)
        self.page.on("download", lambda file: self.wrong.append(f"a download: {file.url}"))
        return self

    async def _route(self, route: Route, request: Request) -> None:
        if request.url.startswith(f"{self.desk.url}/frames"):
            await route.fulfill(body=self.frames, content_type="text/html; charset=utf-8")
        elif request.url.startswith((self.desk.url, "data:")):
            if request.method != "GET":
                self.wrong.append(f"{request.method} {request.url}")
            await route.continue_()
        else:
            self.outside.append((request.resource_type, request.url))
            self.headers = await request.all_headers()
            await (route.fulfill(body="hello") if request.url == LINKED else route.abort())

    async def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"a dialog: {dialog.message}")
        await dialog.dismiss()

    frames = ""
    headers: dict[str, str] = field(default_factory=dict)


async def opened(desk: Desk, agent: Agent, chromium: Browser) -> Watched:
    """A browser that is signed in."""
    context = await chromium.new_context(extra_http_headers=dict(agent.headers), viewport=VIEW)
    context.set_default_timeout(90_000)  # in milliseconds: forty frames are a lot for a machine that is busy
    page = await context.new_page()
    return await Watched(context, desk, page).begin()


async def sent_all(street: Street) -> tuple[Desk, Agent, dict[int, str]]:
    """A desk to which every hostile mail was sent; the messages' ids and what they are."""
    desk = street.desk()
    await desk.mailbox()
    agent = await desk.agent()
    await desk.start()
    for name, html in BODIES.items():
        assert (await desk.mail(an_html_mail(name, html))).startswith("250"), name
    rows = await desk.rows("SELECT id, subject, html FROM message ORDER BY id")
    assert len(rows) == len(BODIES)
    return desk, agent, {row.id: name for row, name in zip(rows, BODIES, strict=True)}


async def look_at_all(watched: Watched, ids: dict[int, str], images: int) -> set[str]:
    """Every mail in a frame as the console's, all on one page, and then clicked and typed at; the frames' addresses."""
    address = "/api/v1/messages/{}/html?images={}"
    watched.frames = "<!doctype html><title>frames</title>" + "".join(
        f'<iframe name="m{id}" {FRAME} width=200 height=160 src="{address.format(id, images)}"></iframe>' for id in ids
    )
    page = watched.page
    await page.goto(f"{watched.desk.url}/frames")
    for frame in page.frames[1:]:
        await frame.wait_for_load_state("load")
    corners = await page.evaluate(
        "[...document.querySelectorAll('iframe')].map((frame) => frame.getBoundingClientRect())"
        ".map((box) => [box.right - 25, box.bottom - 15])"
    )
    for (x, y), name in zip(corners, ids.values(), strict=True):
        if name not in ALL_LINK:
            await page.mouse.click(x, y)  # where there is nothing to click on unless it lies over everything
    await page.keyboard.press("Enter")
    assert await page.evaluate("window.pwned === undefined && document.title") == "frames"
    assert page.url == f"{watched.desk.url}/frames", "nobody took the console away"
    urls = {frame.url.removeprefix(watched.desk.url) for frame in page.frames[1:]}
    assert urls >= {address.format(id, images) for id in ids}, "each frame stayed where it was"
    return urls - {address.format(id, images) for id in ids}


async def test_hostile_mail_does_nothing_in_the_consoles_frame(street: Street, chromium: Browser) -> None:
    desk, agent, ids = await sent_all(street)
    watched = await opened(desk, agent, chromium)
    assert await look_at_all(watched, ids, images=0) == set(), "and has no children"
    assert (watched.wrong, watched.outside) == ([], [])
    assert await look_at_all(watched, ids, images=1) == set()
    assert watched.wrong == []
    assert watched.outside, "pictures were asked for"
    assert {kind for kind, _ in watched.outside} == {"image"}, watched.outside
    assert all(url.startswith(EVIL) for _, url in watched.outside)


async def test_a_link_in_a_mail_opens_elsewhere_and_tells_nothing_of_us(street: Street, chromium: Browser) -> None:
    desk = street.desk()
    await desk.mailbox()
    agent = await desk.agent()
    await desk.start()
    await desk.mail(an_html_mail("link", f'<p><a href="{LINKED}" target="_self" rel="opener">click here</a></p>'))
    watched = await opened(desk, agent, chromium)
    watched.frames = f'<!doctype html><title>frames</title><iframe {FRAME} src="/api/v1/messages/1/html"></iframe>'
    await watched.page.goto(f"{desk.url}/frames")
    async with watched.context.expect_page() as opening:
        await watched.page.frame_locator("iframe").locator("a").click()
    elsewhere = await opening.value
    await elsewhere.wait_for_load_state()
    assert elsewhere.url == LINKED and watched.page.url == f"{desk.url}/frames"
    assert "referer" not in watched.headers and "cookie" not in watched.headers
    assert await elsewhere.evaluate("window.opener") is None


async def test_hostile_mail_does_nothing_when_it_is_opened_by_itself(street: Street, chromium: Browser) -> None:
    desk, agent, ids = await sent_all(street)
    watched = await opened(desk, agent, chromium)
    for id, name in ids.items():
        page = (await agent.ask("GET", f"/messages/{id}/html")).text
        assert "sandbox" in (await agent.ask("GET", f"/messages/{id}/html")).headers["Content-Security-Policy"]
        for word in HARMFUL:
            assert word not in page.lower(), (name, word)
    await look_at_each(watched, ids)


async def look_at_each(watched: Watched, ids: dict[int, str]) -> None:
    """Those that may get somewhere, each as a page of its own."""
    for id, name in ids.items():
        if name not in MOST_LIKELY:
            continue
        address = f"{watched.desk.url}/api/v1/messages/{id}/html"
        await watched.page.goto(address)
        for button in await watched.page.locator("button").all():
            await button.click()
        await watched.page.wait_for_timeout(100)  # for a refresh after no seconds
        assert (watched.page.url, watched.wrong, watched.outside) == (address, [], []), name


async def test_were_the_cleaner_to_miss_everything_the_page_would_still_do_nothing(
    street: Street, chromium: Browser
) -> None:
    desk, agent, ids = await sent_all(street)
    for id, name in ids.items():
        html = BODIES[name].replace("\0", "")
        await desk.unit(
            lambda tx, html=html, id=id: tx.run("UPDATE message SET html = :html WHERE id = :id", html=html, id=id)
        )
    watched = await opened(desk, agent, chromium)
    children = await look_at_all(watched, ids, images=0)
    assert children <= {"", "about:blank", "about:srcdoc", "chrome-error://chromewebdata/"}, children
    assert (watched.wrong, watched.outside) == ([], [])
    await look_at_each(watched, ids)
