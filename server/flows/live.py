"""The loop that leads customers: follows the change feed, moves runs, and calls a person when time is up.

Its place in the feed is a row, so that what came in before a crash is looked at afterwards; a run knows what moved it,
so that looking twice does nothing.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, NamedTuple

from server import accounts
from server.answers.manners import Typing, nobody_types
from server.answers.speaking import Drawing
from server.database import Database, Transaction, now
from server.errors import Unavailable
from server.faq.live import Faq
from server.faq.views import NOTHING, Match
from server.flows import ending, queries, running
from server.flows.starting import beginning, late

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Changes that are looked through in one read."""
LONGEST_SLEEP = 30.0
"""In seconds: how late another process's work is found."""


class Heard(NamedTuple):
    """A customer's message in the feed."""

    seq: int
    message: int
    channel: str
    shop: str


class Stretch(NamedTuple):
    """What is to be looked at: messages that may move something, tickets that a colleague wrote on or took; the
    feed's place after them, and whether anybody is led at all."""

    heard: list[Heard]
    joined: list[int]
    seen: int
    more: bool


class Flows:
    """One for each process. Costs nothing while no flow leads anybody."""

    def __init__(self, database: Database, faq: Faq, drawing: Drawing, typing: Typing = nobody_types) -> None:
        self._database = database
        self._faq = faq
        self._drawing = drawing
        self._typing = typing
        self._kicked = asyncio.Event()
        self._silent = False
        """Whether it is known that no flow leads anybody."""

    def kick(self) -> None:
        """Something was said."""
        if not self._silent:
            self._kicked.set()

    def changed(self) -> None:
        """Flows changed."""
        self._silent = False
        self._kicked.set()

    async def run(self) -> None:
        """Lead until cancelled."""
        while True:
            self._kicked.clear()
            sleep = LONGEST_SLEEP
            try:
                sleep = await self.look()
            except Unavailable as error:
                log.warning("Flows cannot go on now: %s", error)
            except Exception:
                log.exception("A flow stumbled; the others go on")
            try:
                async with asyncio.timeout(min(max(sleep, 0.0), LONGEST_SLEEP)):
                    await self._kicked.wait()
            except TimeoutError:
                continue

    async def look(self) -> float:
        """Do what there is to do; the seconds until something may be due."""
        if not await self._database.read(queries.any_leading):
            self._silent = True
            return LONGEST_SLEEP
        while True:
            stretch = await self._database.read(_stretch)
            if stretch is None:
                break
            for number in stretch.joined:
                await self._database.write(ending.joined, number)
            for heard in stretch.heard:
                await self._hear(heard)
            await self._database.write(_pass, stretch.seen)
            if not stretch.more:
                break
        due = await self._database.read(running.next_due)
        while due is not None and due <= now():
            await self._database.write(running.expire)
            due = await self._database.read(running.next_due)
        return LONGEST_SLEEP if due is None else (due - now()).total_seconds()

    async def _hear(self, heard: Heard) -> None:
        """One message; what it asks of the articles is looked up outside of the unit that answers it."""
        found: dict[str, Match] = {}
        try:
            for _ in range(3):
                wanted = await self._database.write(
                    running.take, heard.message, found, self._drawing, self._typing, heard.seq
                )
                if not wanted:
                    return
                found[wanted] = await self._ask(wanted, heard)
        except Unavailable:
            raise
        except Exception:
            log.exception("The message %d could not be led on; it stands with the agents", heard.message)
            await self._database.write(running.leave, heard.message)

    async def _ask(self, text: str, heard: Heard) -> Match:
        try:
            return await self._faq.match(text, channel=heard.channel, shop=heard.shop, internal=False)
        except Exception:
            log.exception("The articles could not be asked")
            return NOTHING


def _stretch(tx: Transaction) -> Stretch | None:
    """The next changes to look at; None when there are none."""
    seen = tx.value("SELECT seen FROM flow_desk") or 0
    newest = tx.value("SELECT max(seq) FROM change") or 0
    if newest <= seen:
        return None
    rows = tx.all(
        "SELECT seq, kind, by_whom, data, ticket_number FROM change WHERE seq > :seen AND seq <= :newest"
        f" AND kind IN ('message.received', 'message.written', 'ticket.changed') ORDER BY seq LIMIT {AT_ONCE}",
        seen=seen,
        newest=newest,
    )
    under_way = {row.ticket_number for row in tx.all("SELECT ticket_number FROM flow_run WHERE state = 'on'")}
    heard: list[Heard] = []
    joined: list[int] = []
    for row in rows:
        if row.kind == "message.received":
            message = tx.first("SELECT * FROM message WHERE id = :id", id=int(row.data["message"]))
            if message is None:
                continue
            ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=message.ticket_number)
            led = ticket.number in under_way or beginning(tx, ticket, message, row.seq) is not None
            if led:
                under_way.add(ticket.number)
            if (
                led
                or late(tx, ticket, message) is not None
                or tx.value("SELECT 1 FROM attempt WHERE message_id = :id AND state = 'owed'", id=message.id)
            ):
                heard.append(Heard(row.seq, message.id, ticket.channel, accounts.shop_of(tx, ticket.account_id)))
        elif row.ticket_number in under_way and _joins(row):
            joined.append(row.ticket_number)
    more = len(rows) == AT_ONCE
    return Stretch(heard, joined, rows[-1].seq if more else newest, more)


def _joins(change: Any) -> bool:
    """Whether a colleague comes by this change: writes, or is given the ticket by somebody."""
    if not change.by_whom.startswith("agent:"):
        return False
    given = change.data.get("field") == "assignee" and change.data.get("after") is not None
    return change.kind == "message.written" or given


def _pass(tx: Transaction, seen: int) -> None:
    tx.run(
        "INSERT INTO flow_desk (id, seen) VALUES (1, :seen) ON CONFLICT (id) DO UPDATE SET seen ="
        " CASE WHEN flow_desk.seen > excluded.seen THEN flow_desk.seen ELSE excluded.seen END",
        seen=seen,
    )
