"""In charge of one connection to an IMAP server: an awaitable skin over IMAPClient, which works in a thread of its own.

The failures it raises:

    ImapTrouble          words to show
    ├── Lost             the line broke, or what came over it cannot be understood: connect again
    ├── SignInRefused    user, password or token
    └── Refused          the server said NO or BAD to one command; the connection goes on
"""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, LoginError, ProtocolError

from channels.email.settings import MailSettings

CONNECT_SECONDS = 20.0
READ_SECONDS = 90.0
PIECE = 256 * 1024

# RFC 5530 §3, and what Gmail and Exchange say instead
BUSY = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT)\]|too many simultaneous|server (?:is )?busy|try again", re.I)

T = TypeVar("T")


class ImapTrouble(Exception):
    """Something went wrong at the IMAP server; `words` say what."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Lost(ImapTrouble):
    """The connection is of no more use."""


class SignInRefused(ImapTrouble):
    """The server does not let us in."""


class Refused(ImapTrouble):
    """The server answered NO or BAD to a command."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A selected folder: `validity` is its UIDVALIDITY, `uid_next` the first UID that is not given out yet."""

    validity: int
    uid_next: int


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a mail before it is fetched: its size as the server tells it (some only guess), its date."""

    uid: int
    size: int
    received_at: datetime | None


class _Client(IMAPClient):  # type: ignore[misc]
    def _poll_socket(self, sock: Any, timeout: float | None = None) -> Any:
        # What the server sends together with the answer to IDLE already lies in the file's buffer, where poll()
        # does not see it; without this a mail that arrives in that moment waits for the next round.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if self._imap.file.peek(1):
                return [True]
        return super()._poll_socket(sock, timeout)


class Imap:
    """One signed-in connection. Open it with `open`, and always `close` it."""

    def __init__(self, settings: MailSettings, tls: ssl.SSLContext | None) -> None:
        self._settings = settings
        self._tls = tls
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
        self._client: _Client | None = None
        self.can_idle = False
        self._can_move = False
        self._can_expunge_uids = False

    @classmethod
    async def open(cls, settings: MailSettings, token: str | None, tls: ssl.SSLContext | None) -> Imap:
        """Connect and sign in, with the OAuth `token` if there is one."""
        self = cls(settings, tls)
        try:
            await self._call(self._connect)
            await self._call(self._sign_in, token)
            self.can_idle = await self._call(self.client.has_capability, "IDLE")
            self._can_move = await self._call(self.client.has_capability, "MOVE")
            self._can_expunge_uids = await self._call(self.client.has_capability, "UIDPLUS")
        except BaseException:
            self.close()
            raise
        return self

    @property
    def client(self) -> _Client:
        """The library's client."""
        if self._client is None:
            raise Lost("not connected")
        return self._client

    def close(self) -> None:
        """Hang up at once, also while a command waits in the thread."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(OSError, ValueError):
                client.socket().shutdown(socket.SHUT_RDWR)
            self._pool.submit(_shut, client)
        self._pool.shutdown(wait=False)

    # --------------------------------------------------------------------------------------------- commands

    async def select(self, name: str, *, readonly: bool) -> Folder:
        """Enter a folder."""
        answer = await self._call(self.client.select_folder, name, readonly)
        validity = int(answer.get(b"UIDVALIDITY") or 0)
        uid_next = int(answer.get(b"UIDNEXT") or 0)
        if not uid_next:  # RFC 3501 §7.1 lets old servers leave it out
            uid_next = max(await self.uids_from(1), default=0) + 1
        return Folder(validity, uid_next)

    async def uids_from(self, first: int) -> list[int]:
        """All UIDs from `first` on, in order."""
        found = await self._call(self.client.search, ["UID", f"{first}:*"])
        return sorted(uid for uid in found if uid >= first)  # `n:*` always gives the last one (RFC 3501 §6.4.8)

    async def uids_since(self, day: date) -> list[int]:
        """The UIDs of mails the server received on `day` or later, in order."""
        return sorted(await self._call(self.client.search, ["SINCE", day]))

    async def outlines(self, uids: Sequence[int]) -> list[Outline]:
        """Size and date of mails; those that are gone are left out."""
        answer = await self._call(self.client.fetch, list(uids), ["RFC822.SIZE", "INTERNALDATE"])
        outlines = []
        for uid in uids:
            if data := answer.get(uid):
                at = data.get(b"INTERNALDATE")
                outlines.append(
                    Outline(uid, int(data.get(b"RFC822.SIZE") or 0), at if isinstance(at, datetime) else None)
                )
        return outlines

    async def piece(self, uids: Sequence[int], start: int = 0) -> dict[int, tuple[bytes, bool]]:
        """A piece of each mail from byte `start` on, and whether more may follow. PEEK: nothing is marked as seen."""
        answer = await self._call(self.client.fetch, list(uids), [f"BODY.PEEK[]<{start}.{PIECE}>"])
        pieces: dict[int, tuple[bytes, bool]] = {}
        for uid in uids:
            for name, value in (answer.get(uid) or {}).items():
                if name.upper().startswith(b"BODY[]"):
                    # a server that ignores the range gives everything, under a name without it
                    pieces[uid] = (value or b"", len(value or b"") == PIECE and b"<" in name)
        return pieces

    async def mark_seen(self, uids: Sequence[int]) -> None:
        """Set the flag Seen."""
        await self._call(self.client.add_flags, list(uids), [rb"\Seen"], True)

    async def move(self, uids: Sequence[int], target: str) -> None:
        """Move mails to another folder, which is made if it is not there; by copying where there is no MOVE."""
        if not await self._call(self.client.folder_exists, target):
            await self._call(self.client.create_folder, target)
        if self._can_move:
            await self._call(self.client.move, list(uids), target)
            return
        await self._call(self.client.copy, list(uids), target)
        await self._call(self.client.delete_messages, list(uids), True)
        if self._can_expunge_uids:  # a plain EXPUNGE would also remove what other people had marked
            await self._call(self.client.uid_expunge, list(uids))

    async def idle(self, seconds: float) -> bool:
        """Wait for news in the folder, at most so many seconds; whether there were any."""
        return await self._call(self._idle, seconds)

    # ------------------------------------------------------------------------------------- inside the thread

    def _connect(self) -> None:
        settings = self._settings
        secure = settings.imap_security != "none"
        tls = (self._tls or ssl.create_default_context()) if secure else None
        client = _Client(
            settings.imap_host,
            port=settings.imap_port,
            ssl=settings.imap_security == "tls",
            ssl_context=tls,
            timeout=SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )
        client.normalise_times = False
        client._imap.debug = 0  # IMAPClient turns this up: imaplib would write every line, passwords too, for the log
        self._client = client
        if settings.imap_security == "starttls":
            client.starttls(tls)

    def _sign_in(self, token: str | None) -> None:
        if token is not None:
            self.client.oauth2_login(self._settings.imap_user, token)
        else:
            self.client.login(self._settings.imap_user, self._settings.imap_password)

    def _idle(self, seconds: float) -> bool:
        client = self.client
        client.idle()
        news = client.idle_check(timeout=seconds)
        _, more = client.idle_done()
        return any(len(item) > 1 and item[1] in (b"EXISTS", b"RECENT", b"EXPUNGE") for item in (*news, *more))

    async def _call(self, command: Callable[..., T], *arguments: Any) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, command, *arguments)
        except ImapTrouble:
            raise
        except LoginError as error:
            # the library gives this also when the line breaks, or the server has no time, while we sign in
            if isinstance(error.__context__, IMAPClientAbortError) or BUSY.search(_words(error)):
                raise Lost(_words(error)) from error
            raise SignInRefused(_words(error)) from error
        except (IMAPClientAbortError, ProtocolError, OSError) as error:
            raise Lost(_words(error)) from error
        except imaplib.IMAP4.error as error:
            raise Refused(_words(error)) from error
        except (RuntimeError, ValueError, LookupError, TypeError, AssertionError, AttributeError) as error:
            # an answer that neither imaplib nor IMAPClient foresaw, or a connection closed under the command
            raise Lost(_words(error)) from error


def _shut(client: IMAPClient) -> None:
    with contextlib.suppress(Exception):
        client.shutdown()


def _words(error: BaseException) -> str:
    words = error.args[0] if error.args else ""
    if isinstance(words, bytes):
        words = words.decode("utf-8", "replace")
    elif isinstance(error, OSError):
        words = error.strerror or str(error)
    return " ".join(str(words).split())[:300] or type(error).__name__
