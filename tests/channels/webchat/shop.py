"""A shop whose site has a chat: the whole desk in this process, visitors, and an agent who answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from channels.contract import Account
from channels.webchat import WebchatChannel
from server import accounts, agents, tickets
from server.accounts import AccountDraft
from server.agents import DESK, AgentView
from server.app import Parts, assemble, build
from server.database import Engine
from server.settings import Settings
from server.tickets.views import ThreadView
from tests.channels.webchat.widget import Widget

SITE = "https://shop.example"
KEY = "the site's identity key, long enough"
OLD_KEY = "the key before, which is long enough"


@dataclass
class Shop:
    """The desk with its one site."""

    parts: Parts
    base: str
    account: Account
    agent: AgentView
    http: aiohttp.ClientSession
    widgets: list[Widget] = field(default_factory=list)

    def widget(self, token: str | None = None, **headers: str) -> Widget:
        """A visitor's client that has not connected."""
        widget = Widget(self.base, **headers)
        widget.token = token
        self.widgets.append(widget)
        return widget

    async def visitor(self, token: str | None = None, *transports: str, **hello: Any) -> Widget:
        """A visitor who has said hello."""
        widget = await self.widget(token).connect(*transports)
        answer = await widget.hello(**hello)
        assert "error" not in answer, answer
        return widget

    async def reply(self, ticket: int, text: str, **more: Any) -> Any:
        """The agent answers."""
        seen = (await self.thread(ticket)).ticket.last_seq
        return await self.parts.database.write(tickets.reply, self.agent, ticket, text, seen=seen, **more)

    async def thread(self, ticket: int) -> ThreadView:
        """A ticket as the agent's console gets it."""
        return await self.parts.database.read(tickets.thread, self.agent, ticket)

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """Rows of the database."""
        return await self.parts.database.read(lambda tx: tx.all(sql, **values))

    async def run(self, sql: str, **values: Any) -> None:
        """A statement by hand."""
        await self.parts.database.write(lambda tx: tx.run(sql, **values))

    async def change(self, **settings: Any) -> None:
        """The admin changes the site."""
        secrets = {name: settings.pop(name) for name in list(settings) if name.startswith("identity_key")}
        draft = AccountDraft(
            kind="webchat", name="Shop", address="shop", settings={**self.account.settings, **settings, **secrets}
        )
        parts = self.parts
        await parts.database.write(
            accounts.edit, DESK, self.account.id, draft, channels=parts.channels, keys=parts.keys
        )
        await parts.desk.load_accounts()
        self.account = await parts.desk.account(self.account.id)


def jwt(sub: str, *, key: str = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """What the site's server signs."""
    body = {"sub": sub, "exp": int(time.time()) + 600, **claims}
    parts = [_part(header or {"alg": "HS256", "typ": "JWT"}), _part({k: v for k, v in body.items() if v is not None})]
    signature = hmac.digest(key.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, base64.urlsafe_b64encode(signature).decode().rstrip("=")])


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@asynccontextmanager
async def open_shop(engine: Engine, folder: Path) -> AsyncIterator[Shop]:
    """Open the desk on a free port."""
    settings = Settings(
        secret="a secret for tests, long enough for them",
        database=engine.url,
        files=folder / "files",
        smtp_port=0,
        _env_file=None,
    )  # type: ignore[call-arg]  # a setting of pydantic's own
    parts = assemble(settings)
    assert isinstance(parts.channels["webchat"], WebchatChannel)
    runner = web.AppRunner(build(parts), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    draft = AccountDraft(
        kind="webchat",
        name="Shop",
        address="shop",
        settings={"slug": "shop", "sites": [SITE], "identity_key": KEY, "title": {"ja": "お問い合わせ"}},
    )
    made = await parts.database.write(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
    agent = await parts.database.write(agents.add, DESK, email="sato@shop.example", name="佐藤", role="admin")
    await parts.desk.load_accounts()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        shop = Shop(parts, f"http://127.0.0.1:{runner.addresses[0][1]}", await parts.desk.account(made.id), agent, http)
        try:
            yield shop
        finally:
            for widget in shop.widgets:
                await widget.drop()
            await runner.cleanup()
