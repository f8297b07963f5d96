"""A real IMAP server (pymap) in the test's own process, behind a line that can be cut, slowed and refused."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from proxyprotocol.result import ProxyResultLocal
    from proxyprotocol.sock import SocketInfo
    from pymap.backend.dict import Config, DictBackend, Login
    from pymap.backend.dict.mailbox import MailboxData
    from pymap.config import BackendCapability
    from pymap.imap import IMAPServer
    from pymap.parsing.message import AppendMessage
    from pymap.parsing.specials.flag import Seen
    from pysasl import SASLAuth
    from pysasl.creds.plain import PlainCredentials
    from pysasl.exception import InvalidResponse
    from pysasl.hashing import BuiltinHash
    from pysasl.mechanism import ChallengeResponse
    from pysasl.mechanism.oauth import OAuth2Mechanism

USER, PASSWORD = "support", "secret"


class _TakesTokens(OAuth2Mechanism):
    """XOAUTH2 with the tokens a test made valid."""

    def __init__(self, tokens: set[str]) -> None:
        super().__init__()
        self.tokens = tokens

    def server_attempt(self, responses: Sequence[ChallengeResponse]) -> Any:
        credentials, _ = super().server_attempt(responses)
        if credentials._token not in self.tokens:
            raise InvalidResponse
        return PlainCredentials(credentials.authzid, PASSWORD, credentials.authzid), None


class _Config(Config):
    idle = True
    moves = True
    tokens: set[str]

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=self.idle, object_id=True, multi_append=True)

    @property
    def login_capability(self) -> Sequence[bytes]:
        left_out = () if self.moves else (b"MOVE",)
        return [one for one in super().login_capability if one not in left_out]

    @property
    def tls_auth(self) -> SASLAuth:
        return SASLAuth([*SASLAuth.defaults().server_mechanisms, _TakesTokens(self.tokens)])


class ImapServer:
    """The server and its line.

    `cut_after` ends the next connection after so many bytes from the server. `closed` refuses callers.
    `connections` counts them, `idling` the times one began to wait for news, `commands` holds what clients sent, by
    their names in upper case.
    """

    def __init__(self) -> None:
        self.port = 0
        self.cut_after: int | None = None
        self.closed = False
        self.connections = 0
        self.idling = 0
        self.commands: list[str] = []
        self.tokens: set[str] = set()
        self.config: _Config
        self._lines: set[asyncio.StreamWriter] = set()
        self._callers: set[asyncio.Task[None]] = set()
        self._inner = 0

    # ------------------------------------------------------------------------------------------ its mailboxes

    async def folder(self, name: str = "INBOX") -> MailboxData:
        """A folder, made if need be."""
        identity = self._backend.login.demo_user_identity
        async with identity.new_session() as session:
            with contextlib.suppress(Exception):
                return await session.mailbox_set.get_mailbox(name)
            await session.mailbox_set.add_mailbox(name)
            return await session.mailbox_set.get_mailbox(name)

    async def append(
        self, *mails: bytes, folder: str = "INBOX", at: datetime | None = None, seen: bool = False
    ) -> None:
        """New mail; `seen` as if somebody had read it elsewhere."""

        box = await self.folder(folder)
        for mail in mails:
            flags = frozenset({Seen} if seen else ())
            await box.append(AppendMessage(mail, at or datetime.now(UTC), flags))
        await self._notify(box)

    async def _notify(self, box: MailboxData) -> None:
        await box.cleanup()

    async def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of each mail."""
        box = await self.folder(folder)
        return [{str(flag) for flag in message.permanent_flags} async for message in box.messages()]

    async def count(self, folder: str = "INBOX") -> int:
        """How many mails are there."""
        box = await self.folder(folder)
        return len([message async for message in box.messages()])

    async def has(self, wanted: int, folder: str) -> None:
        """Wait until so many mails are in a folder."""
        async with asyncio.timeout(60):
            while await self.count(folder) != wanted:  # noqa: ASYNC110 - a mailbox has no event to wait on
                await asyncio.sleep(0.005)

    async def has_seen(self, wanted: int, folder: str = "INBOX") -> None:
        """Wait until a folder has so many mails, all of them seen: a command that came is not yet carried out."""
        async with asyncio.timeout(60):
            while [r"\Seen" in flags for flags in await self.flags(folder)] != [True] * wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    def renumber(self) -> None:
        """Throw the mailboxes away: what is appended now lives under a new UIDVALIDITY."""
        self.config.set_cache.clear()
        self.hang_up()

    # ----------------------------------------------------------------------------------------------- its line

    def hang_up(self) -> None:
        """End all connections."""
        for writer in list(self._lines):
            writer.transport.abort()

    def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._relay(reader, writer))
        self._callers.add(task)
        task.add_done_callback(self._callers.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.closed:
            await _end(writer)
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner)
        self._lines |= {writer, inner_writer}

        async def up() -> None:
            while line := await reader.readline():
                words = line.decode("utf-8", "replace").upper().split()
                self.commands.append(
                    " ".join(words[1:3]) if len(words) > 1 else line.decode("utf-8", "replace").strip()
                )
                inner_writer.write(line)
                await inner_writer.drain()

        async def down() -> None:
            while data := await inner_reader.read(65536):
                self.idling += data.startswith(b"+ Idling")
                if self.cut_after is not None:
                    if len(data) >= self.cut_after:
                        writer.write(data[: self.cut_after])
                        await writer.drain()
                        self.cut_after = None
                        return
                    self.cut_after -= len(data)
                writer.write(data)
                await writer.drain()

        tasks = [asyncio.create_task(up()), asyncio.create_task(down())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in (writer, inner_writer):
                self._lines.discard(one)
                await _end(one)

    @asynccontextmanager
    async def serving(self, *, idle: bool, moves: bool, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
        """Run until left."""
        values: dict[str, Any] = {
            "host": "127.0.0.1", "port": 0, "cert": None, "key": None, "tls": False, "debug": False,
            "inherited_sockets": None, "proxy_protocol": None, "passlib_cfg": None,
            "demo_data": False, "demo_user": USER, "demo_password": PASSWORD,
        }  # fmt: skip
        kind: Any = type("Config", (_Config,), {"idle": idle, "moves": moves, "tokens": self.tokens})
        self.config = kind.from_args(Namespace(**values), invalid_user_sleep=0.0, hash_context=BuiltinHash(rounds=1))
        login = Login(self.config)
        await DictBackend._add_demo_user(self.config, login)
        self._backend = DictBackend(login, self.config)
        self.config.apply_context()
        server = IMAPServer(login, self.config)

        talks: set[asyncio.Task[None]] = set()

        def talked_to(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(talk(reader, writer))
            talks.add(task)
            task.add_done_callback(talks.discard)

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(Exception):
                await server(reader, writer, SocketInfo.get(writer, ProxyResultLocal(), unique_id=b"test"))
            await _end(writer)

        async with AsyncExitStack() as stack:
            inner = await asyncio.start_server(talked_to, "127.0.0.1", 0)
            stack.callback(inner.close)
            self._inner = inner.sockets[0].getsockname()[1]
            outer = await asyncio.start_server(self._called, "127.0.0.1", 0, ssl=tls)
            stack.callback(outer.close)
            self.port = outer.sockets[0].getsockname()[1]
            yield
            self.hang_up()
            await asyncio.gather(*self._callers, *talks, return_exceptions=True)


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(Exception):
        await writer.wait_closed()


@asynccontextmanager
async def imap_server(
    *, idle: bool = True, moves: bool = True, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ImapServer]:
    """An IMAP server on a free port, with the user `support` and an empty INBOX."""
    server = ImapServer()
    async with server.serving(idle=idle, moves=moves, tls=tls):
        yield server
