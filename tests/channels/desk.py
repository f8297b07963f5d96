"""A desk in memory for the tests of channels: keeps what `accept` is given, and can be told to have a bad day."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from channels.contract import (
    Accepted,
    Account,
    Arrival,
    Attachment,
    Desk,
    Health,
    Present,
    Raw,
    Reader,
    ShownConversation,
    ShownMessage,
    Spool,
    TooLarge,
)

Found = TypeVar("Found")


class MemorySpool:
    """A file being received, gone when its context is left."""

    def __init__(self, path: Path, limit: int, free: int | None) -> None:
        self.path = path
        self.limit = limit
        self.free = free
        self.size = 0
        self._file = path.open("wb")

    async def write(self, chunk: bytes) -> None:
        """Append; past the limit or the free space it fails as the real one does."""
        self.size += len(chunk)
        if self.size > self.limit:
            raise TooLarge(f"more than {self.limit} bytes")
        if self.free is not None and self.size > self.free:
            raise OSError(28, "No space left on device")
        self._file.write(chunk)

    async def raw(self) -> Raw:
        """Everything written so far."""
        self._file.flush()
        return Raw(path=self.path)

    def close(self) -> None:
        """Forget the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class FakeDesk:
    """`contract.Desk` in memory.

    `arrivals` holds each (account, external_id) once, in the order accepted, with the bytes taken over. `repeats`
    counts what came again. Bad days: `fail(error, times)` lets the next calls of `accept` raise, `judge` is asked
    for each arrival and may raise, `disk_free` is the room a spool has. What a conversation shows is what a test put
    into `shown`. For rate limits it is `moment`, in seconds, until a test moves it.
    """

    def __init__(self, *accounts: Account, public_url: str = "https://desk.example", limit: int = 50_000_000) -> None:
        self._accounts: list[Account] = list(accounts)
        self._changed = asyncio.Event()
        self._failures: deque[Exception] = deque()
        self._memory: dict[tuple[int, str], str] = {}
        self._hits: dict[str, deque[float]] = {}
        self.moment = 0.0
        self._public_url = public_url
        self._seen: set[tuple[int, str]] = set()
        self.limit = limit
        self.disk_free: int | None = None
        self.helping = False
        self.arrivals: list[Arrival] = []
        self.repeats = 0
        self.reports: dict[int, list[Health]] = {}
        self.judge: Callable[[Arrival], Awaitable[None]] | None = None
        self.spools_open = 0
        self.shown: dict[str, list[ShownMessage]] = {}
        self.present: list[Present] = []
        self.published: dict[str, tuple[str, bytes]] = {}
        self.codes: dict[str, str] = {}
        self.orders: dict[tuple[str, str], int] = {}
        self._shelves: dict[tuple[int, str, str], tuple[str, datetime | None]] = {}

    @property
    def public_url(self) -> str:
        """Where the desk is seen from outside."""
        return self._public_url

    async def accept(self, arrival: Arrival) -> Accepted:
        """Keep the arrival, or raise what the test asked for."""
        await asyncio.sleep(0)
        if self._failures:
            raise self._failures.popleft()
        if self.judge is not None:
            await self.judge(arrival)
        name = (arrival.account.id, arrival.external_id)
        if name in self._seen:
            self.repeats += 1
            return Accepted(arrival_id=len(self.arrivals), repeated=True)
        self._seen.add(name)
        self.arrivals.append(replace(arrival, raw=Raw(data=arrival.raw.bytes())))
        return Accepted(arrival_id=len(self.arrivals), ticket=len(self.arrivals))

    def accounts(self, kind: str) -> Sequence[Account]:
        """The accounts of a kind, as they are now."""
        return [account for account in self._accounts if account.kind == kind]

    async def accounts_changed(self, kind: str) -> Sequence[Account]:
        """Wait for `set_accounts`."""
        await self._changed.wait()
        self._changed.clear()
        return self.accounts(kind)

    @asynccontextmanager
    async def spool(self) -> AsyncIterator[Spool]:
        """A temporary file."""
        handle, name = tempfile.mkstemp(prefix="spool-")
        os.close(handle)
        spool = MemorySpool(Path(name), self.limit, self.disk_free)
        self.spools_open += 1
        try:
            yield spool
        finally:
            self.spools_open -= 1
            spool.close()

    async def recall(self, account: Account, name: str) -> Any:
        """What was remembered; went through JSON, as in the real desk."""
        kept = self._memory.get((account.id, name))
        return None if kept is None else json.loads(kept)

    async def remember(self, account: Account, name: str, value: Any) -> None:
        """Keep a JSON value."""
        self._memory[account.id, name] = json.dumps(value)

    async def keep(self, account: Account, shelf: str, key: str, value: Any, *, until: datetime | None = None) -> None:
        """Keep a JSON value on a shelf; None takes it away."""
        if value is None:
            self._shelves.pop((account.id, shelf, key), None)
        else:
            self._shelves[account.id, shelf, key] = (json.dumps(value), until)

    async def look_up(self, account: Account, shelf: str, key: str) -> Any:
        """What is kept there, if its time is not over."""
        return FakeReader(self, account).look_up(shelf, key)

    async def look_through(self, account: Account, look: Callable[[Reader], Found]) -> Found:
        """In a worker thread, as the real desk does."""
        return await asyncio.to_thread(look, FakeReader(self, account))

    async def conversation(
        self,
        account: Account,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> ShownConversation:
        """What the test put into `shown`."""
        return FakeReader(self, account).conversation(conversation, after=after, before=before, limit=limit)

    async def file(self, account: Account, conversation: str, file: int) -> Attachment | None:
        """It has none."""
        return None

    async def publish(self, account: Account, name: str, file: Attachment) -> str:
        """Keep the bytes under the address that it gives."""
        url = f"{self._public_url}/p/{self.sign('published', f'{account.id}:{name}')}/{quote(file.filename)}"
        self.published[url] = (file.content_type, b"".join(file.chunks()))
        return url

    async def confirm(self, account: Account, address: str, code: str, language: str) -> bool:
        """Keep the code that would be mailed."""
        self.codes[address] = code
        return True

    async def buyer(self, address: str, number: str) -> int | None:
        """Whom the test said."""
        return self.orders.get((address, number))

    async def shop(self, language: str) -> str:
        """One name for all."""
        return "月の輪"

    async def place_of(self, ticket: int) -> tuple[Account, str] | None:
        """Nowhere."""
        return None

    async def helps(self, account: Account) -> bool:
        """What the test decided."""
        return self.helping

    def elsewhere(self) -> Account | None:
        """Nowhere."""
        return None

    async def way_on(self, account: Account, conversation: str) -> str:
        """None."""
        return ""

    async def invite(self, account: Account, customer: int, issued: datetime) -> str | None:
        """Nobody is known here."""
        return None

    def show(self, present: Present) -> None:
        """Keep what the agents would be told."""
        self.present.append(present)

    def opening(self, account: Account, language: str) -> ShownMessage | None:
        """Nothing is said to whoever says nothing."""
        return None

    def attended(self, team: int | None = None) -> bool:
        """Somebody is always there."""
        return True

    async def report(self, account: Account, health: Health) -> None:
        """Keep the report; the newest is `health(account)`."""
        self.reports.setdefault(account.id, []).append(health)

    def allow(self, bucket: str, *, limit: int, per: timedelta) -> float:
        """A sliding window over the last `per`."""
        now, span = self.moment, per.total_seconds()
        hits = self._hits.setdefault(bucket, deque())
        while hits and hits[0] <= now - span:
            hits.popleft()
        if len(hits) >= limit:
            return hits[0] + span - now
        hits.append(now)
        return 0.0

    def sign(self, purpose: str, text: str) -> str:
        """A short signature by a key of the test's own."""
        return hmac.new(b"a test's key", f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:20]

    # ------------------------------------------------------------------------------------- what tests ask for

    def fail(self, error: Exception, times: int = 1) -> None:
        """Let the next `times` calls of `accept` raise `error`."""
        self._failures.extend([error] * times)

    def set_accounts(self, *accounts: Account) -> None:
        """What an admin saved."""
        self._accounts = list(accounts)
        self._changed.set()

    def health(self, account: Account) -> Health | None:
        """The newest report of an account."""
        reports = self.reports.get(account.id)
        return reports[-1] if reports else None


class FakeReader:
    """`contract.Reader` of a desk in memory."""

    def __init__(self, desk: FakeDesk, account: Account) -> None:
        self._desk = desk
        self._account = account

    def look_up(self, shelf: str, key: str) -> Any:
        """What is kept there, if its time is not over."""
        value, until = self._desk._shelves.get((self._account.id, shelf, key), ("null", None))
        return None if until is not None and until <= datetime.now(UTC) else json.loads(value)

    def conversation(
        self, conversation: str, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> ShownConversation:
        """What the test put into `shown`."""
        said = self._desk.shown.get(conversation, [])
        if after is not None:
            found = [one for one in said if one.seq > after]
            return ShownConversation(1, messages=tuple(found[:limit]), more=len(found) > limit)
        found = [one for one in said if before is None or one.seq < before]
        return ShownConversation(1, messages=tuple(found[-limit:]), earlier=len(found) > limit)


def _keeps_the_contract(desk: FakeDesk) -> Desk:
    return desk


async def until(ready: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until `ready()` is true, asking every few milliseconds; raises `TimeoutError` after `seconds`."""
    async with asyncio.timeout(seconds):
        while not ready():  # noqa: ASYNC110 - the state belongs to a fake network, which has no event to wait on
            await asyncio.sleep(0.005)
