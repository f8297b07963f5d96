"""The loop that leads customers: follows the change feed, moves runs, and calls a person when time is up.

A run knows what moved it, so that looking twice does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from server import accounts
from server.answers.manners import Typing, nobody_types
from server.answers.speaking import Drawing
from server.database import Database, Follower, Stretch, Transaction, now
from server.errors import Unavailable
from server.faq.live import Faq
from server.faq.views import NOTHING, Match
from server.flows import ending, queries, running
from server.flows.starting import beginning, late


class Heard(NamedTuple):
    """A customer's message in the feed."""

    seq: int
    message: int
    channel: str
    shop: str


class Moving(NamedTuple):
    """What is to be looked at: messages that may move something, tickets that a colleague wrote on or took."""

    heard: list[Heard]
    joined: list[int]


class Flows(Follower):
    """Costs nothing while no flow leads anybody."""

    desk = "flow_desk"
    kinds = ("message.received", "message.written", "ticket.changed")
    at_once = 100
    away = "Flows cannot go on now: %s"
    stumbled = "A flow stumbled; the others go on"

    def __init__(self, database: Database, faq: Faq, drawing: Drawing, typing: Typing = nobody_types) -> None:
        super().__init__(database)
        self._faq = faq
        self._drawing = drawing
        self._typing = typing

    def in_use(self, tx: Transaction) -> bool:
        """Whether any flow leads anybody, or could."""
        return queries.any_leading(tx)

    async def take(self, stretch: Stretch) -> None:
        """Lead on whoever said something; whom a colleague speaks with is theirs."""
        moving = await self._database.read(_moving, stretch.changes)
        for number in moving.joined:
            await self._database.write(ending.joined, number)
        for heard in moving.heard:
            await self._hear(heard)

    async def ring(self) -> float:
        """Call a person for those who were silent for too long."""
        due = await self._database.read(running.next_due)
        while due is not None and due <= now():
            await self._database.write(running.expire)
            due = await self._database.read(running.next_due)
        return self.longest_sleep if due is None else (due - now()).total_seconds()

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
            self._log.exception("The message %d could not be led on; it stands with the agents", heard.message)
            await self._database.write(running.leave, heard.message)

    async def _ask(self, text: str, heard: Heard) -> Match:
        try:
            return await self._faq.match(text, channel=heard.channel, shop=heard.shop, internal=False)
        except Exception:
            self._log.exception("The articles could not be asked")
            return NOTHING


def _moving(tx: Transaction, changes: Sequence[Any]) -> Moving:
    """Those of the changes that may move something."""
    under_way = {row.ticket_number for row in tx.all("SELECT ticket_number FROM flow_run WHERE state = 'on'")}
    heard: list[Heard] = []
    joined: list[int] = []
    for row in changes:
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
    return Moving(heard, joined)


def _joins(change: Any) -> bool:
    """Whether a colleague comes by this change: writes, or is given the ticket by somebody."""
    if not change.by_whom.startswith("agent:"):
        return False
    given = change.data.get("field") == "assignee" and change.data.get("after") is not None
    return change.kind == "message.written" or given
