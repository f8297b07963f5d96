"""One desk: its folder, its database, and its process while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import psutil

from server import accounts, agents
from server.accounts import AccountDraft
from server.agents import DESK, AgentView, Role, passwords
from server.app import Parts, assemble
from server.database import Transaction
from server.settings import Settings
from tests.channels.email.network import MailServer, send
from tests.desks import until
from tests.ports import free_port
from tests.servers.agent import Agent
from tests.servers.mail import SUPPORT, TARO
from tests.servers.nursery import Nursery
from tests.web.house import Browser

BIN = Path(sys.executable).parent
SECRET = "a secret of the journeys, long enough to be one"
PASSWORD = "correct horse battery"
T = TypeVar("T")


@dataclass
class Ran:
    """A command that ended."""

    status: int
    out: str
    errors: str

    @property
    def json(self) -> Any:
        """What it printed with `--json`."""
        return json.loads(self.out)


class Desk:
    """One desk: its folder, its database, and its process while it runs."""

    def __init__(self, folder: Path, database: str, nursery: Nursery, **settings: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.nursery = nursery
        self.port, self.smtp_port = free_port(), free_port()
        self.pid: int | None = None
        self._commands = 0
        self._process: asyncio.subprocess.Process | None = None
        self._browsers: list[Browser] = []
        self.settings: dict[str, str] = {
            "secret": SECRET,
            "database": database,
            "files": str(folder / "files"),
            "public_url": f"http://127.0.0.1:{self.port}",
            "port": str(self.port),
            "smtp_port": str(self.smtp_port),
            "outside_allow": "127.0.0.1",
            "log_level": "WARNING",
            **{name: str(value) for name, value in settings.items()},
        }

    @property
    def url(self) -> str:
        """Where its web server is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def smtp(self) -> tuple[str, int]:
        """Where its mail listener is."""
        return ("127.0.0.1", self.smtp_port)

    @property
    def environment(self) -> dict[str, str]:
        """Its settings as a process reads them."""
        return {f"MADOGUCHI_{name.upper()}": value for name, value in self.settings.items()}

    # ------------------------------------------------------------------------------------------ life and death

    async def start(self, *, command: bool = False, wait: bool = True) -> Desk:
        """Start the process, and wait until it answers."""
        if command:
            with (self.folder / "serve.log").open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    BIN / "madoguchi",
                    "serve",
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, **self.environment},
                )
            self.pid = self._process.pid
        else:
            self.pid = await self.nursery.fork(self.environment, self.folder, ["serve"], "serve")
        if wait:
            try:
                await until(self.lives, 90)
            except AssertionError as error:
                error.add_note(self.said()[-3000:])
                raise
        return self

    async def lives(self) -> bool:
        """Whether it answers. Fails when its process has ended."""
        assert self.pid is not None
        if not psutil.pid_exists(self.pid):
            raise AssertionError(f"the desk ended:\n{self.said()[-3000:]}")
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"{self.url}/healthz", timeout=aiohttp.ClientTimeout(10)) as response,
            ):
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, as a supervisor does it."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        pid, self.pid = self.pid, None
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        if self._process is not None:
            await self._process.wait()
            self._process = None
        await until(lambda: not psutil.pid_exists(pid), 90)

    async def close(self) -> None:
        """The end of the test."""
        for browser in self._browsers:
            await browser.http.close()
        await self.stop()

    def said(self) -> str:
        """Its log."""
        return self._left("serve.log") + self._left("serve.errors")

    def memory(self) -> int:
        """Its resident memory in bytes."""
        return int(psutil.Process(self.pid).memory_info().rss)

    async def madoguchi(self, *words: str) -> Ran:
        """Run a command of the person who runs the desk."""
        self._commands += 1
        name = f"command{self._commands}"
        pid = await self.nursery.fork(self.environment, self.folder, words, name)
        await until(lambda: not psutil.pid_exists(pid), 120)
        status, out, errors = (self._left(f"{name}.{ending}") for ending in ("status", "log", "errors"))
        return Ran(int(status), out, errors)

    def _left(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    # --------------------------------------------------------------------------------------- its database by hand

    @cached_property
    def parts(self) -> Parts:
        """The same desk's parts in this process, for units run by hand."""
        return assemble(Settings(_env_file=None, **self.settings))  # type: ignore[arg-type,call-arg]

    async def unit(self, work: Callable[[Transaction], T]) -> T:
        """Run a unit, as a command of the same desk would."""
        return await asyncio.to_thread(self.parts.database.write_now, work)

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """Rows of its database."""
        return list(await self.unit(lambda tx: tx.all(sql, **values)))

    async def count(self, table: str, where: str = "1 = 1") -> int:
        """How many rows."""
        return int(await self.unit(lambda tx: tx.value(f"SELECT count(*) FROM {table} WHERE {where}")))

    async def account(self, kind: str, address: str, **settings: Any) -> int:
        """An account; its id."""
        draft = AccountDraft(kind=kind, name=settings.pop("name", "ショップ窓口"), address=address, settings=settings)
        parts = self.parts
        made = await self.unit(lambda tx: accounts.add(tx, DESK, draft, channels=parts.channels, keys=parts.keys))
        return made.id

    async def mailbox(self, relay: MailServer | None = None, address: str = SUPPORT, **settings: Any) -> int:
        """A mail account: in by the listener, out by the relay, without the seconds in which it can be undone."""
        # without a relay: a server that nobody reaches, so that letters are accepted and wait
        out = {"smtp_host": "127.0.0.1", "smtp_port": relay.port if relay else 9, "smtp_security": "none"}
        return await self.account("email", address, **{"incoming": "smtp", "undo_seconds": 0, **out, **settings})

    async def hire(self, email: str = "sato@shop.example", name: str = "佐藤", role: Role = "admin") -> AgentView:
        """An agent, whose password is `PASSWORD`."""
        hashed = passwords.hash_now(PASSWORD)
        return await self.unit(lambda tx: agents.add(tx, DESK, email=email, name=name, role=role, password_hash=hashed))

    # ------------------------------------------------------------------------------------------- those who use it

    def stranger(self) -> Browser:
        """A client that nobody signed in with."""
        browser = Browser(self.url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        self._browsers.append(browser)
        return browser

    async def agent(self, email: str = "sato@shop.example", role: Role = "admin") -> Agent:
        """Somebody new at work, by a token."""
        who = await self.hire(email, role=role)
        made = await self.unit(
            lambda tx: agents.tokens.make(tx, who, "journey", ["admin" if role == "admin" else "write"])
        )
        return Agent(self, self.stranger(), {"Authorization": f"Bearer {made.secret}"})

    async def mail(self, raw: bytes, to: str = SUPPORT, sender: str = TARO) -> str:
        """Hand a mail to its listener; what it answered."""
        return await send(self.smtp, raw, to, sender=sender)
