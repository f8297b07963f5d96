"""The doors joined with a real desk for tests: a server on a socket, browsers that sign in, mail that comes in."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import msgspec
from aiohttp import web

from channels.contract import Accepted, Arrival, Raw
from server import accounts, agents
from server.accounts import AccountDraft
from server.agents import DESK, AgentView, Role, passwords, sessions
from server.app import Parts, assemble
from server.database import Database, Engine
from server.settings import Settings
from server.web import DOORS, LIVE, Doors, Live, setup
from server.web.callers import cookie_name

PASSWORD = "correct horse"
HASH = passwords.hash_now(PASSWORD)

MAIL = """\
From: 山田 花子 <{sender}>
To: support@shop.example
Subject: {subject}
Message-ID: <{id}@mail.example>
Date: Sat, 21 Nov 2026 10:00:00 +0900
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8

{text}
"""


@dataclass
class Browser:
    """Somebody's client. `api` asks the JSON API, `page` what a person would open."""

    base: str
    http: aiohttp.ClientSession
    agent: AgentView | None = None
    headers: dict[str, str] = field(default_factory=dict)
    parts: Parts | None = None
    """Of the desk, where that runs in this process."""

    async def api(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """A request to the JSON API."""
        headers = {**self.headers, **more.pop("headers", {})}
        if body is not None:
            more["data"] = body if isinstance(body, (bytes, io.IOBase)) else msgspec.json.encode(body)
            headers.setdefault("Content-Type", "application/json")
        async with self.http.request(method, f"{self.base}/api/v1{path}", headers=headers, **more) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def page(
        self, path: str, form: dict[str, str] | None = None, *, follow: bool = False, **headers: str
    ) -> Answer:
        """A page opened, or a form sent, as a browser does it."""
        method = "GET" if form is None else "POST"
        shown = {"Accept": "text/html", **({} if form is None else {"Sec-Fetch-Site": "same-origin"}), **headers}
        async with self.http.request(
            method, self.base + path, data=form, headers=shown, allow_redirects=follow
        ) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    @property
    def cookie(self) -> str:
        """The session's secret."""
        return next((morsel.value for morsel in self.http.cookie_jar if morsel.key == "madoguchi_session"), "")


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body read."""
        return msgspec.json.decode(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass
class House:
    """A running desk."""

    parts: Parts
    doors: Doors
    live: Live
    base: str
    _browsers: list[Browser] = field(default_factory=list)

    @property
    def database(self) -> Database:
        """Its database."""
        return self.parts.database

    def hold_limits(self) -> None:
        """From now on no limit is loosened by time: a slow machine reaches it with as many requests as a quick one."""
        moment = time.monotonic()
        self.parts.buckets._clock = lambda: moment

    def stranger(self) -> Browser:
        """A browser that nobody signed in with."""
        jar = aiohttp.CookieJar(unsafe=True)
        browser = Browser(self.base, aiohttp.ClientSession(cookie_jar=jar), parts=self.parts)
        self._browsers.append(browser)
        return browser

    async def hire(self, name: str = "Aoi", role: Role = "agent") -> AgentView:
        """Somebody new, whose password is `PASSWORD`."""
        return await self.database.write(
            agents.add, DESK, email=f"{name.lower()}@shop.example", name=name, role=role, password_hash=HASH
        )

    async def at_work(self, name: str = "Aoi", role: Role = "agent") -> Browser:
        """Somebody new, signed in."""
        return await self.sign_in(await self.hire(name, role))

    async def sign_in(self, agent: AgentView) -> Browser:
        """Another browser of somebody's."""
        browser, secret = self.stranger(), sessions.new_secret()
        browser.agent = await self.database.write(sessions.begin, agent.id, secret)
        browser.http.cookie_jar.update_cookies({cookie_name(self.doors): secret}, aiohttp.client.URL(self.base))
        return browser

    async def program(self, agent: AgentView, *scopes: agents.Scope) -> Browser:
        """A program of somebody's, with a token."""
        made = await self.database.write(agents.tokens.make, agent, "program", list(scopes))
        browser = self.stranger()
        browser.agent, browser.headers = agent, {"Authorization": f"Bearer {made.secret}"}
        return browser

    async def mailbox(self, address: str = "support@shop.example", *, smtp: str = "127.0.0.1", **more: Any) -> int:
        """An account for mail; nobody is at its SMTP server."""
        out = {"smtp_host": smtp, "smtp_port": 9, "smtp_security": "none", **more}
        draft = AccountDraft(kind="email", name="Support", address=address, settings=out)
        parts = self.parts
        made = await self.database.write(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
        await parts.desk.load_accounts()
        return made.id

    async def mail(
        self, text: str = "届きません。", *, subject: str = "商品について", sender: str = "hanako@mail.example"
    ) -> Accepted:
        """A mail that comes in at the mailbox."""
        (account,) = self.parts.desk.accounts("email")
        name = uuid4().hex
        raw = MAIL.format(sender=sender, subject=subject, id=name, text=text).encode()
        return await self.parts.desk.accept(Arrival(account, name, Raw(raw), "message/rfc822", datetime.now(UTC)))

    async def ticket(self, **said: str) -> int:
        """A ticket that a mail began."""
        if not self.parts.desk.accounts("email"):
            await self.mailbox()
        number = (await self.mail(**said)).ticket
        assert number is not None
        return number


@asynccontextmanager
async def open_house(engine: Engine, folder: Path, **more: Any) -> AsyncIterator[House]:
    """Open the doors on a free port; `more` are fields of `Doors`."""
    settings = Settings(
        secret="a secret for tests, long enough for them", database=engine.url, files=folder / "files", _env_file=None
    )  # type: ignore[call-arg]  # a setting of pydantic's own
    parts = assemble(settings)
    app = web.Application()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    doors = Doors(
        **{
            "database": parts.database,
            "files": parts.files,
            "keys": parts.keys,
            "public_url": "http://desk.example",
            "secret": b"a secret for tests",
            "desk": parts.desk,
            "channels": parts.channels,
            "faq": parts.faq,
            "help": parts.help,
            "choice_links": parts.choice_links,
            "file_links": parts.file_links,
            "webhooks": parts.webhooks,
            "sources": parts.sources,
            "looks": parts.looks,
            "keeper": parts.keeper,
            **more,
        }
    )
    setup(app, doors, feed=parts.feed, buckets=parts.buckets)
    parts.database.on_commit(parts.feed.announce)
    await parts.feed.start()
    await parts.desk.load_accounts()
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    house = House(parts, app[DOORS], app[LIVE], f"http://127.0.0.1:{port}")
    try:
        yield house
    finally:
        for browser in house._browsers:
            await browser.http.close()
        await runner.cleanup()
        await parts.webhooks.close()
        await parts.sources.close()
        await parts.feed.close()
        await parts.desk.close()
        await parts.database.close()
