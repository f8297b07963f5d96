"""A desk with its admin pages behind a real socket, and browsers without JavaScript that visit it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar, web
from aiohttp.test_utils import TestServer
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from channels.contract import Account, Channel, Check
from channels.form import FormChannel
from channels.webchat import WebchatChannel
from server import agents
from server.accounts import Keys
from server.agents import DESK, AgentView, sessions
from server.customers.sources import Sources
from server.database import Database, Transaction
from server.files import Files
from server.inbox import InboxDesk
from server.web import pages, problems
from server.web.admin import setup
from server.web.callers import CALLERS, Callers
from server.web.doors import DOORS, Doors
from server.web.headers import on_prepare
from server.webhooks import Webhooks
from tests.accounts.conftest import Pigeons

SECRET = "a secret of at least thirty-two characters"


class TestedPigeons(Pigeons):
    """Pigeons whose connection can be tested."""

    async def test(self, account: Account) -> Sequence[Check]:
        """The loft, and the whistle."""
        return [
            Check("loft", account.settings["loft"] == "roof", "" if account.settings["loft"] == "roof" else "Go up."),
            Check("whistle", account.secrets.get("whistle") == "hu-hu", "blown"),
        ]


@dataclass(frozen=True)
class Page:
    """What a browser was answered, after following redirects."""

    status: int
    url: str
    html: str
    headers: Any

    @property
    def tree(self) -> HTMLParser:
        """The parsed page."""
        return HTMLParser(self.html)

    @property
    def text(self) -> str:
        """What a person reads in the content."""
        main = self.tree.css_first("main")
        return " ".join((main.text(separator=" ") if main else self.html).split())

    def all(self, selector: str) -> list[Node]:
        """Every element of a selector."""
        return self.tree.css(selector)

    def value(self, name: str) -> str | None:
        """What stands in the input of a name."""
        for node in self.all(f'[name="{name}"]'):
            if node.tag == "textarea":
                return node.text().removeprefix("\n")
            if node.tag == "select":
                chosen = node.css_first("option[selected]")
                return chosen.attributes["value"] if chosen else None
            if node.attributes.get("type") not in ("checkbox", "radio") or "checked" in node.attributes:
                return node.attributes.get("value") or ""
        return None

    def typed(self, form: str = "main form") -> list[tuple[str, str]]:
        """Everything that the first form of a selector would send, without a button."""
        found: list[tuple[str, str]] = []
        node = self.tree.css_first(form)
        assert node is not None, self.text
        for each in node.css("input, textarea, select"):
            name, kind = each.attributes.get("name"), each.attributes.get("type")
            if not name or (kind in ("checkbox", "radio") and "checked" not in each.attributes):
                continue
            if each.tag == "textarea":
                found.append((name, each.text().removeprefix("\n")))
            elif each.tag == "select":
                chosen = each.css_first("option[selected]") or each.css_first("option")
                found.append((name, (chosen.attributes.get("value") or "") if chosen else ""))
            else:
                found.append((name, each.attributes.get("value") or ""))
        return found


class Browser:
    """One signed-in agent's browser, without JavaScript."""

    def __init__(self, server: TestServer, cookie: str | None) -> None:
        self._server = server
        self._cookies = {"madoguchi_session": cookie} if cookie else {}

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, data: Any = None, **headers: str) -> Page:
        """Send a form as this very site would."""
        return await self._ask("POST", path, data or {}, {"Sec-Fetch-Site": "same-origin", **headers})

    async def _ask(self, method: str, path: str, data: Any, headers: dict[str, str]) -> Page:
        async with ClientSession(cookies=self._cookies, headers={"Accept": "text/html"}) as session:
            jar = session.cookie_jar
            assert not isinstance(jar, DummyCookieJar)
            jar.update_cookies(self._cookies, self._server.make_url("/"))
            url = self._server.make_url("/").join(self._server.make_url(path)) if path.startswith("/") else path
            async with session.request(method, url, data=data, headers=headers) as response:
                html = await response.text(errors="replace")
                return Page(response.status, str(response.url.relative()), html, response.headers)


@dataclass
class House:
    """A running desk."""

    database: Database
    keys: Keys
    desk: InboxDesk
    server: TestServer
    files: Files
    channels: dict[str, Channel]

    async def agent(self, role: Any = "admin", language: Any = "en", name: str = "") -> AgentView:
        """A new agent."""
        return await self.database.write(
            agents.add, DESK, email=f"{role}-{name}@desk.example", name=name or role, role=role, language=language
        )

    async def browser(self, role: Any = "admin", language: Any = "en") -> Browser:
        """The browser of a new agent of a role."""
        agent = await self.agent(role, language, name=f"{role}.{language}")
        secret = sessions.new_secret()
        await self.database.write(sessions.begin, agent.id, secret)
        return Browser(self.server, secret)

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """What stands in a table."""

        def ask(tx: Transaction) -> list[Any]:
            return tx.all(sql, **values)

        return await self.database.read(ask)


@pytest.fixture
async def house(database: Database, files: Files, tmp_path: Path) -> AsyncIterator[House]:
    """A desk with pigeons and forms, behind a real socket."""
    channels: dict[str, Channel] = {"pigeon": TestedPigeons(), "form": FormChannel(), "webchat": WebchatChannel()}
    keys = Keys(SECRET)
    desk = InboxDesk(
        database,
        files,
        channels,
        keys,
        public_url="http://127.0.0.1",
        secret=b"s" * 32,
        max_bytes=10_000_000,
        allow=lambda *_: 0.0,
    )
    webhooks = Webhooks(database, keys, public_url="http://127.0.0.1", allow=["127.0.0.1"])
    sources = Sources(database, keys, allow=["127.0.0.1"], folders=[str(tmp_path)])
    app = web.Application(middlewares=[problems.middleware])
    app[DOORS] = Doors(
        database=database,
        files=files,
        keys=keys,
        public_url="http://127.0.0.1",
        secret=b"d" * 32,
        desk=desk,
        channels=channels,
        webhooks=webhooks,
        sources=sources,
    )
    app[pages.TEMPLATES] = pages.environment(app[DOORS])
    app[CALLERS] = Callers(database)
    app.on_response_prepare.append(on_prepare)
    setup(app)
    server = TestServer(app)
    await server.start_server()
    yield House(database, keys, desk, server, files, channels)
    await server.close()
    await webhooks.close()
    await sources.close()
    await desk.close()


@pytest.fixture
async def admin(house: House) -> Browser:
    """An English-speaking admin's browser."""
    return await house.browser()
