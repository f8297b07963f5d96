"""Carries outgoing webhooks: follows the change feed and sends, in one process of all that share the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta

import aiohttp

from channels.guard import guarded_session
from server.accounts import Keys, Locked
from server.database import Database, Transaction, leases, now
from server.errors import DeskError, Unavailable
from server.webhooks import queries, queue
from server.webhooks.queue import Claimed
from server.webhooks.sending import Outcome, post
from server.webhooks.views import DeliveryDetail

log = logging.getLogger(__name__)

LEASE = "webhooks"
HELD = timedelta(seconds=30)
RENEW = 10.0
"""In seconds: how often the lease is held longer, or tried for."""
GATHER = 0.05
"""In seconds: how long it waits after a kick, so that a busy desk is followed in few steps."""
LONGEST_SLEEP = 5.0
"""In seconds: how late something may leave of which this process did not hear."""


class Webhooks:
    """`run` is a task of the composition's; `kick` says that something was committed.

    `allow` names private hosts and networks that may be told; `seconds` is how long an address has for its answer.
    """

    def __init__(
        self, database: Database, keys: Keys, *, public_url: str, allow: Sequence[str] = (), seconds: float = 15
    ) -> None:
        self._database = database
        self._keys = keys
        self._public_url = public_url.rstrip("/")
        self._allow = tuple(allow)
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None
        self._name = secrets.token_hex(8)
        self._kicked = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._holds = False
        self._asked = -RENEW
        self._idle = False

    def kick(self, *, arranged: bool = False) -> None:
        """Something happened, or, with `arranged`, a webhook was added, changed, or asked to send again."""
        if arranged:
            self._idle = False
        if not self._idle:
            self._kicked.set()

    async def run(self) -> None:
        """Carry until cancelled."""
        while True:
            self._kicked.clear()
            sleep = LONGEST_SLEEP
            try:
                if await self._is_mine():
                    sleep = await self._carry()
            except DeskError as error:
                log.warning("Webhooks cannot be sent now: %s", error)
            except Exception:
                log.exception("The webhooks stumbled; they go on")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(sleep):
                    await self._kicked.wait()
                await asyncio.sleep(GATHER)

    async def close(self) -> None:
        """Finish what is being sent for a moment, and let another process go on at once."""
        if self._sending:
            _, unfinished = await asyncio.wait(self._sending, timeout=5)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        if self._holds:
            self._holds = False
            with contextlib.suppress(DeskError):
                await self._database.write(leases.release, LEASE, self._name)
        if self._session is not None:
            await self._session.close()

    async def test(self, id: int) -> DeliveryDetail:
        """Send a test now, whatever else waits; what came of it. Raises `NotFound` or `Locked`."""
        await self._database.read(queries.view, id)
        claimed = await self._database.write(queue.begin_test, id, self._public_url, secrets.token_hex(4))
        await self._send(claimed)
        return await self._database.read(queries.delivery, claimed.id)

    async def _is_mine(self) -> bool:
        """Whether this process sends. Nobody does while there is nobody to tell."""
        clock = asyncio.get_running_loop().time()
        if clock - self._asked < RENEW:
            return self._holds
        self._idle = not self._sending and not await self._database.read(queue.any_active)
        if self._idle:
            return False
        held = self._holds
        self._holds = await self._database.write(_take, self._name, held)
        self._asked = clock
        return self._holds

    async def _carry(self) -> float:
        """Queue what is new, send what may leave; how long to sleep then, in seconds."""
        more = False
        if found := await self._database.read(queue.prepare, self._public_url):
            more = await self._database.write(queue.store, found) >= queue.BATCH
        due_now = await self._database.read(queue.is_due)
        for claimed in await self._database.write(queue.claim) if due_now else ():
            task = asyncio.create_task(self._send(claimed), name=f"webhook {claimed.message}")
            self._sending.add(task)
            task.add_done_callback(self._put_down)
        if more:
            return 0.0
        due = await self._database.read(queue.next_due)
        return LONGEST_SLEEP if due is None else min(max((due - now()).total_seconds(), 0.01), LONGEST_SLEEP)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._idle = False
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A webhook's message could not be carried", exc_info=error)
        self.kick()

    async def _send(self, claimed: Claimed) -> None:
        outcome = await self._try(claimed)
        wait = 0.1
        while True:  # an unwritten delivery would be sent twice
            try:
                await self._database.write(queue.settle, claimed.id, outcome)
                return
            except Unavailable:
                log.warning("The webhook message %s was sent and cannot be written down yet", claimed.message)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 10)

    async def _try(self, claimed: Claimed) -> Outcome:
        try:
            opened = self._keys.open(claimed.secrets)
        except Locked as error:
            return Outcome(at=now(), milliseconds=0, headers={}, words=str(error))
        signers = [opened["secret"], *([opened["former"]] if claimed.former and "former" in opened else [])]
        if self._session is None or self._session.closed:
            self._session = guarded_session(self._allow, seconds=self._seconds)
        return await post(self._session, claimed.url, signers, claimed.message, claimed.body)


def _take(tx: Transaction, name: str, held: bool) -> bool:
    """Hold the lease; whoever has it anew takes up what the former holder was sending."""
    taken = leases.take(tx, LEASE, name, HELD)
    if taken and not held:
        queue.pick_up(tx)
    return taken
