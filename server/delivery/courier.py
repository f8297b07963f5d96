"""The courier: takes letters to their channels, books each attempt before the network is called, and decides on time.

One loop per process. It sleeps until the next letter is due or until it is kicked. Several processes on one
database share the work: a letter is claimed by exactly one of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from channels.contract import (
    Account,
    Channel,
    DeliversTogether,
    LinksContacts,
    OutboundMessage,
    Outcome,
    TryLater,
    Undeliverable,
)
from channels.wording import say
from server import customers
from server.database import Database, now
from server.delivery import claiming
from server.delivery.letters import Onward, open_letter
from server.delivery.outcomes import settle
from server.errors import DeskError, NotFound, Unavailable
from server.files import Files

log = logging.getLogger(__name__)

AT_ONCE = 20
AT_ONCE_PER_ACCOUNT = 5
LONGEST_SLEEP = 5.0
"""In seconds: how late a letter may be that another process wrote and did not tell of."""
PATIENCE = claiming.LEASE.total_seconds() - 30
"""In seconds: a delivery that takes longer is given up before its lease ends, so that nobody else repeats it."""


class Addresses(Protocol):
    """Where the courier finds accounts by id, enabled or not."""

    async def account(self, account_id: int) -> Account:
        """Raises `NotFound`, or `Locked` when its secrets cannot be read."""


class Courier:
    """Carries letters until it is stopped. What it was carrying then is carried again later, under the same key."""

    def __init__(self, database: Database, files: Files, channels: Mapping[str, Channel], addresses: Addresses) -> None:
        self._database = database
        self._files = files
        self._channels = channels
        self._addresses = addresses
        self._together = {
            kind: channel.most_together for kind, channel in channels.items() if isinstance(channel, DeliversTogether)
        }
        self._kicked = asyncio.Event()
        self._carrying: dict[asyncio.Task[None], int] = {}
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to carry."""
        self._loop = asyncio.create_task(self._run(), name="courier")

    def kick(self) -> None:
        """A letter was written, or an account changed: look at once."""
        self._kicked.set()

    async def stop(self) -> None:
        """Finish what is being delivered for a moment, then let go."""
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        if self._carrying:
            _, unfinished = await asyncio.wait(self._carrying, timeout=5)
            for task in unfinished:
                task.cancel()

    async def _run(self) -> None:
        with contextlib.suppress(Unavailable):
            await self._database.write(claiming.pick_up)
        while True:
            self._kicked.clear()
            try:
                sleep = await self._carry_what_is_due()
            except DeskError as error:
                log.warning("The courier cannot work now: %s", error)
                sleep = LONGEST_SLEEP
            except Exception:
                log.exception("The courier stumbled; it goes on")
                sleep = LONGEST_SLEEP
            with contextlib.suppress(TimeoutError):
                # Not wait_for, which forgets a cancellation that comes together with the kick.
                async with asyncio.timeout(sleep):
                    await self._kicked.wait()

    async def _carry_what_is_due(self) -> float:
        """Take on as much as there are hands for; how long to sleep then, in seconds."""
        due = await self._database.read(claiming.next_due)
        if due is None:
            return LONGEST_SLEEP
        seconds: float = (due - now()).total_seconds()
        if seconds > 0:
            return min(seconds, LONGEST_SLEEP)
        load = Counter(self._carrying.values())
        busy = tuple(account for account, many in load.items() if many >= AT_ONCE_PER_ACCOUNT)
        free = AT_ONCE - len(self._carrying)
        claimed = (
            await self._database.write(claiming.claim, free, busy=busy, together=self._together) if free > 0 else []
        )
        bundles = [list(bundle) for _, bundle in itertools.groupby(claimed, lambda letter: letter.line)]
        for bundle in bundles:
            task = asyncio.create_task(self._carry(bundle), name=f"letter {bundle[0].id}")
            self._carrying[task] = bundle[0].account_id
            task.add_done_callback(self._put_down)
        # What is due and was not taken stands behind another letter in its line, or its account is busy: the end
        # of what is being carried kicks.
        return 0.0 if bundles else LONGEST_SLEEP

    def _put_down(self, task: asyncio.Task[None]) -> None:
        self._carrying.pop(task, None)
        self.kick()

    async def _carry(self, letters: list[Any]) -> None:
        """One attempt: one letter, or those of one line that leave together."""
        outcomes: Sequence[Outcome]
        try:
            messages, channel = await self._open(letters)
            async with asyncio.timeout(PATIENCE):
                if isinstance(channel, DeliversTogether):
                    outcomes = await channel.deliver_together(messages)
                else:
                    outcomes = [await channel.deliver(messages[0])]
        except (Undeliverable, TryLater) as error:
            outcomes = [error] * len(letters)
        except TimeoutError:
            outcomes = [TryLater("no answer in time")] * len(letters)
        except NotFound as error:
            outcomes = [Undeliverable(str(error))] * len(letters)
        except Exception as error:
            log.exception("Letter %d could not be delivered", letters[0].id)
            outcomes = [TryLater(f"{type(error).__name__}: {error}")] * len(letters)
        await self._settle([letter.id for letter in letters], outcomes)

    async def _open(self, letters: list[Any]) -> tuple[list[OutboundMessage], Channel]:
        account = await self._addresses.account(letters[0].account_id)
        channel = self._channels.get(account.kind)
        if channel is None:
            raise Undeliverable(f"no channel of the kind {account.kind} is installed")
        unreachable = ""
        if isinstance(channel, DeliversTogether):
            unreachable = await self._database.read(customers.unreachable_because, account.kind, letters[0].recipient)
        opened = [open_letter(one, account, self._files, unreachable, self._postscript(one)) for one in letters]
        return opened, channel

    def _postscript(self, letter: Any) -> str:
        """What offers its reader to go on elsewhere; made of the letter alone, so that each try says the same."""
        found = letter.body.get("onward")
        if found is None:
            return ""
        onward = msgspec.convert(found, Onward)
        channel = self._channels.get(onward.kind)
        if not isinstance(channel, LinksContacts):
            return ""
        url = channel.go_page(onward.account, onward.customer, letter.created_at)
        words = "You can also go on with this conversation on {network}: {url}"
        return say(letter.body.get("language", "ja"), words, network=channel.label, url=url)

    async def _settle(self, ids: list[int], outcomes: Sequence[Outcome]) -> None:
        """Write down what came of it, however long the database is away: an unwritten delivery is sent twice.

        Of letters that left together all at once: what is left of them must be what the network did not take.
        """
        wait = 0.1
        while True:
            try:
                await self._database.write(settle, ids, outcomes)
                return
            except Unavailable:
                log.warning("Letters %s were tried and cannot be written down yet", ids)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 10)
