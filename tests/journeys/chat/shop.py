"""The shop that embeds the chat, and a customer in front of it: the page, the launcher, and what is in the panel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, FrameLocator, Locator, Page

from server.app import assemble, build
from tests.journeys.console.counter import Counter
from tests.journeys.one_browser import PATIENCE
from tests.ports import free_port

PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<script async src="{desk}/chat/loader.js" data-site="shop"></script></head>
<body><main><h1>{title}</h1><p><a href="/second">2</a></p></main></body></html>"""
GREETING = {"ja": "いらっしゃいませ。", "en": "Welcome."}
TOUCH = {"has_touch": True, "is_mobile": True}


@dataclass
class Shop:
    """Where it stands, and what was asked of it."""

    base: str
    account: int
    settings: dict[str, Any] = field(default_factory=dict)


@asynccontextmanager
async def open_shop(counter: Counter, *, host: str = "localhost", **settings: Any) -> AsyncIterator[Shop]:
    """A shop whose site the desk allows. Its pages are isolated, without inline code, and of trusted types only.

    By the name `localhost` it is another site than the desk, as shops are; by 127.0.0.1 the same, so that the panel's
    frame has storage of its own even in Playwright's private windows.
    """
    port = free_port()
    base = f"http://{host}:{port}"
    policy = (
        f"default-src 'none'; img-src data:; script-src {counter.base}; frame-src {counter.base};"
        " require-trusted-types-for 'script'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }

    async def page(request: web.Request) -> web.Response:
        lang = request.query.get("lang", "ja")
        title = f"うつわの店 {request.path}"
        return web.Response(
            text=PAGE.format(lang=lang, desk=counter.base, title=title), content_type="text/html", headers=headers
        )

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    given = {"slug": "shop", "sites": [base], "title": {"ja": "うつわの店", "en": "Pottery"}, "greeting": GREETING}
    account = await counter.account("webchat", "チャット", "shop", **(given | settings))
    try:
        yield Shop(base, account, given)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def reopened(counter: Counter) -> AsyncIterator[None]:
    """The same desk again, after its process died: on its files and on its port. `counter.parts` are the new ones."""
    counter.parts = assemble(counter.parts.settings)
    runner = web.AppRunner(build(counter.parts), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", counter.parts.settings.port).start()
    try:
        yield
    finally:
        await runner.cleanup()


class Customer:
    """Somebody at the shop."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def launcher(self) -> Locator:
        """The round button."""
        return self.page.locator("madoguchi-chat button")

    @property
    def panel(self) -> FrameLocator:
        """What is in the iframe."""
        return self.page.frame_locator("madoguchi-chat iframe")

    @property
    def log(self) -> Locator:
        return self.panel.get_by_role("log")

    @property
    def box(self) -> Locator:
        return self.panel.locator("textarea")

    @property
    def status(self) -> Locator:
        """The bar that says how the line is."""
        return self.panel.locator(".bars")

    async def open(self) -> None:
        """Open the chat, and wait until one can talk."""
        await self.launcher.click()
        await self.box.wait_for()
        await self.status.locator("p").wait_for(state="detached")

    async def say(self, text: str) -> None:
        """Write and send."""
        await self.box.fill(text)
        await self.panel.locator("button.send").click()

    async def command(self, *said: Any) -> Any:
        """A command of the shop's own code. Playwright's words are not bound by the page's policy."""
        return await self.page.evaluate("said => { madoguchi(...said) }", list(said))

    async def hear(self, event: str) -> None:
        """Note in `heard` what the chat tells the page."""
        await self.page.evaluate(
            "event => { self.heard ??= []; madoguchi('on', event, detail => heard.push([event, detail])) }", event
        )

    async def heard(self) -> list[list[Any]]:
        """What was noted so far."""
        found: list[list[Any]] = await self.page.evaluate("self.heard ?? []")
        return found


async def visit(
    chromium: Browser,
    base: str,
    wrong: list[str],
    *,
    path: str = "/",
    width: int = 1280,
    height: int = 800,
    context: BrowserContext | None = None,
    **more: Any,
) -> Customer:
    """A browser at the shop's page; `context` is the same browser's second tab."""
    context = context or await chromium.new_context(viewport={"width": width, "height": height}, **more)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: wrong.append(f"{error}"))
    page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
    await page.goto(base + path)
    await page.locator("madoguchi-chat").wait_for(state="attached")
    return Customer(page)
