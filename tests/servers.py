"""Desks as real processes for tests end to end: started, killed, looked into, and the mail that goes to and from them.

A desk is `madoguchi serve` in a process of its own. Starting Python and importing everything takes over a second, so
most desks are forked from a nursery, a process that has imported everything and done nothing; `command=True` starts
the very command instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from importlib import import_module
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
from tests.channels.email.network import Got, MailServer, mail_server, send
from tests.desks import until
from tests.web.house import Answer, Browser

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parent.parent
SECRET = "a secret of the journeys, long enough to be one"
PASSWORD = "correct horse battery"
SUPPORT = "support@shop.example"
TARO = "taro@customer.example"
T = TypeVar("T")

# ------------------------------------------------------------------------------------------------- processes


def free_ports(many: int) -> list[int]:
    """Ports that nobody listens at now."""
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(many)]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


class Nursery:
    """A process that has imported the desk and forks one, or one of its commands, at each request."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "300"},  # commands print tables, and a test looks for whole words
        )

    async def fork(self, environment: Mapping[str, str], folder: Path, words: Sequence[str], name: str) -> int:
        """A child that runs `madoguchi` with these words, its output in `name`.log and .errors; its process id."""
        order = json.dumps([dict(environment), str(folder), list(words), name]).encode() + b"\n"
        return await asyncio.to_thread(self._fork, order)

    def _fork(self, order: bytes) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(order)
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """No more children."""
        self._process.communicate()


def raise_children() -> None:
    """The nursery's own work: a line in, a child's id out. Children that end are reaped by the system."""
    import_module("server.__main__")
    for room in ("channel_accounts", "people", "running", "upkeep", "way_in"):
        import_module(f"server.commands.{room}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        child = os.fork()
        if child:
            os.write(1, f"{child}\n".encode())
        else:
            _live(*json.loads(line))


def _live(environment: dict[str, str], folder: str, words: list[str], name: str) -> None:
    """In the child: be `madoguchi`, and leave the exit status in `name`.status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(folder)
    for place, ending in ((1, "log"), (2, "errors")):
        os.dup2(os.open(f"{name}.{ending}", os.O_WRONLY | os.O_CREAT | os.O_APPEND), place)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(environment)
    sys.argv = ["madoguchi", *words]
    status: object = 1
    try:
        import_module("server.__main__").main()
        status = 0
    except SystemExit as ended:
        status = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        Path(f"{name}.status").write_text(str(status))
        os._exit(0)


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
        self.port, self.smtp_port = free_ports(2)
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
            await until(self.lives, 20)
        return self

    async def lives(self) -> bool:
        """Whether it answers. Fails when its process has ended."""
        assert self.pid is not None
        if not psutil.pid_exists(self.pid):
            raise AssertionError(f"the desk ended:\n{self.said()[-3000:]}")
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"{self.url}/healthz", timeout=aiohttp.ClientTimeout(2)) as response,
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
        await until(lambda: not psutil.pid_exists(pid), 15)

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
        await until(lambda: not psutil.pid_exists(pid), 60)
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
        out = {"smtp_host": "127.0.0.1", "smtp_port": relay.port, "smtp_security": "none"} if relay else {}
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


@dataclass
class Agent:
    """Somebody at work through the JSON API."""

    desk: Desk
    browser: Browser
    headers: Mapping[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """Any request."""
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.browser.api(method, path, body, headers=headers, **more)

    async def get(self, path: str) -> Any:
        """What is there; fails when it is not."""
        answer = await self.ask("GET", path)
        assert answer.status == 200, answer.text
        return answer.json

    async def tickets(self, **conditions: Any) -> list[Any]:
        """The rows of the list, oldest first."""
        query = "&".join(f"{name}={value}" for name, value in {"view": "all", "limit": 200, **conditions}.items())
        return sorted((await self.get(f"/tickets?{query}"))["items"], key=lambda row: row["number"])

    async def has_tickets(self, many: int, seconds: float = 10.0, **conditions: Any) -> list[Any]:
        """Wait until there are so many."""

        async def look() -> list[Any]:
            found = await self.tickets(**conditions)
            return found if len(found) >= many else []

        found: list[Any] = await until(look, seconds)
        assert len(found) == many, found
        return found

    async def thread(self, number: int) -> Any:
        """A ticket as the console gets it."""
        return await self.get(f"/tickets/{number}?limit=200")

    async def has_messages(self, number: int, many: int, seconds: float = 10.0) -> list[Any]:
        """Wait until a ticket has so many messages."""

        async def look() -> list[Any]:
            found = (await self.thread(number))["messages"]
            return found if len(found) >= many else []

        found: list[Any] = await until(look, seconds)
        assert len(found) == many, [(one["kind"], one["text"]) for one in found]
        return found

    async def has_letter(self, number: int, state: str, seconds: float = 10.0) -> Any:
        """Wait until the newest letter of a ticket is in this state; the letter."""

        async def look() -> Any:
            found = [one["letter"] for one in (await self.thread(number))["messages"] if one["letter"]]
            return found[-1] if found and found[-1]["state"] == state else None

        return await until(look, seconds)

    async def reply(self, number: int, text: str, **more: Any) -> Any:
        """Answer the customer, having seen everything."""
        seen = (await self.thread(number))["ticket"]["last_seq"]
        answer = await self.ask("POST", f"/tickets/{number}/replies", {"text": text, "seen": seen, **more})
        assert answer.status == 201, answer.text
        return answer.json


# ------------------------------------------------------------------------------------------------------ mail


def a_mail(
    text: str,
    *,
    sender: str = f"田中 太郎 <{TARO}>",
    to: str = SUPPORT,
    subject: str = "ご注文について",
    **headers: str,
) -> bytes:
    """A mail as a customer's program writes it; headers by name, `_` for `-`."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = "Sat, 21 Nov 2026 10:00:00 +0900"
    mail["Message-ID"] = f"<{headers.pop('id', secrets.token_hex(8))}@customer.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def an_answer(letter: EmailMessage, text: str, *, to: str | None = None, **headers: str) -> bytes:
    """The customer's answer to a letter, as mail programs make it: to its Reply-To, with its References."""
    known = f"{letter['References'] or ''} {letter['Message-ID']}".strip()
    return a_mail(
        text,
        to=to or str(letter["Reply-To"] or letter["From"]),
        subject=f"Re: {letter['Subject']}",
        In_Reply_To=str(letter["Message-ID"]),
        References=known,
        **headers,
    )


def read_mail(got: Got) -> EmailMessage:
    """A mail that the relay took, read by the standard library."""
    return BytesParser(policy=policy.default).parsebytes(got.content)  # type: ignore[return-value]


def words_of(mail: EmailMessage) -> str:
    """Its plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def address_of(header: Any) -> str:
    """The one address in a header."""
    return str(header.addresses[0].addr_spec)


async def sent(relay: MailServer, many: int, seconds: float = 10.0) -> list[EmailMessage]:
    """Wait until the relay has so many mails; all of them, in the order they came."""
    await until(lambda: len(relay.got) >= many, seconds)
    assert len(relay.got) == many, [one.recipients for one in relay.got]
    return [read_mail(got) for got in relay.got]


class Street:
    """Where a test opens its desks: each with a database of its own unless it is given one."""

    def __init__(self, folder: Path, nursery: Nursery, blank: Callable[[], str]) -> None:
        self.folder = folder
        self.nursery = nursery
        self._blank = blank
        self._stack = AsyncExitStack()
        self._opened = 0

    def desk(self, database: str | None = None, **settings: Any) -> Desk:
        """A desk that is not started yet."""
        self._opened += 1
        desk = Desk(self.folder / f"desk{self._opened}", database or self._blank(), self.nursery, **settings)
        self._stack.push_async_callback(desk.close)
        return desk

    async def relay(self) -> MailServer:
        """A mail server that takes what desks send."""
        return await self._stack.enter_async_context(mail_server())

    async def enter(self, context: AbstractAsyncContextManager[T]) -> T:
        """Anything else that lasts as long as the test."""
        return await self._stack.enter_async_context(context)

    async def close(self) -> None:
        """Everything ends, the newest first."""
        await self._stack.aclose()


if __name__ == "__main__":
    raise_children()
