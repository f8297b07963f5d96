"""How fast bulk letters leave: so many a minute by each way, and to each receiving domain, spread over the minute.

What was sent is counted from the rows themselves, so that a restart, or another process, does not begin anew.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged
from server.notices.views import View

MINUTE = timedelta(minutes=1)
BURST = timedelta(seconds=5)
"""A minute's letters leave in pieces of so long, not all in its first second."""
MOST = 100_000
MOST_DOMAINS = 200
BACKLOG = 60
"""Bulk letters that may be on their way to the network at once: an agent's answer never waits behind more of them."""
PILED_UP = 600
"""Bulk letters that may wait for a network that does not take them."""
DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
Rate = Annotated[int, Meta(ge=1, le=MOST)]


class BulkPaceSettings(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Letters a minute: by LINE, by mail, to any one domain, and to those domains that take fewer."""

    line: Rate = 600
    email: Rate = 600
    any_domain: Rate = 300
    domains: dict[str, Rate] = msgspec.field(
        default_factory=lambda: {
            "docomo.ne.jp": 60,
            "ezweb.ne.jp": 60,
            "au.com": 60,
            "softbank.ne.jp": 60,
            "i.softbank.jp": 60,
        }
    )


def read(tx: Transaction) -> BulkPaceSettings:
    """As decided, or as it ships."""
    row = tx.first("SELECT content FROM bulk_pace")
    return msgspec.convert(row.content, BulkPaceSettings) if row is not None else BulkPaceSettings()


def write(tx: Transaction, agent: AgentView, wanted: BulkPaceSettings) -> BulkPaceSettings:
    """Decide it. Raises `Invalid`."""
    require(agent, "admin")
    problems: dict[str, str] = {}
    for name in ("line", "email", "any_domain"):
        if not 1 <= getattr(wanted, name) <= MOST:
            problems[name] = f"1 to {MOST}"
    for domain, rate in wanted.domains.items():
        if not DOMAIN.fullmatch(domain) or not 1 <= rate <= MOST:
            problems["domains"] = "is no list of domains and numbers"
    if len(wanted.domains) > MOST_DOMAINS:
        problems["domains"] = "is too long"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    tx.run(
        "INSERT INTO bulk_pace (id, content) VALUES (1, :content) ON CONFLICT (id)"
        " DO UPDATE SET content = excluded.content",
        content=dump(wanted),
    )
    tx.record(DeskChanged(what="bulk_letter"), agent.actor)
    return wanted


class _Window(NamedTuple):
    """What was sent: within the last minute, and within the last burst."""

    minute: int = 0
    burst: int = 0

    def more(self) -> _Window:
        return _Window(self.minute + 1, self.burst + 1)


class Allowance:
    """How many letters may leave now; `take` counts one."""

    def __init__(self, tx: Transaction, decided: BulkPaceSettings) -> None:
        self._decided = decided
        self._sent: dict[str, _Window] = {}
        self._ways: dict[str, _Window] = {}
        for row in tx.all(
            "SELECT way, domain, count(*) AS minute, sum(CASE WHEN settled_at > :lately THEN 1 ELSE 0 END) AS burst"
            " FROM bulk_recipient WHERE state = 'sent' AND settled_at > :since GROUP BY way, domain",
            lately=tx.now - BURST,
            since=tx.now - MINUTE,
        ):
            found = _Window(int(row.minute), int(row.burst))
            before = self._ways.get(row.way, _Window())
            self._ways[row.way] = _Window(before.minute + found.minute, before.burst + found.burst)
            if row.way == "email":
                self._sent[row.domain] = found

    def free(self, way: str, domain: str) -> bool:
        """Whether one more may leave there now."""
        if not _fits(self._ways.get(way, _Window()), getattr(self._decided, way)):
            return False
        if way != "email":
            return True
        return _fits(self._sent.get(domain, _Window()), self._decided.domains.get(domain, self._decided.any_domain))

    def take(self, way: str, domain: str) -> None:
        """One leaves."""
        self._ways[way] = self._ways.get(way, _Window()).more()
        if way == "email":
            self._sent[domain] = self._sent.get(domain, _Window()).more()

    def full(self) -> tuple[list[str], list[str]]:
        """The ways and the domains by which nothing may leave now."""
        return (
            [way for way in self._ways if not _fits(self._ways[way], getattr(self._decided, way))],
            [domain for domain in self._sent if not self.free("email", domain)],
        )


def _fits(sent: _Window, rate: int) -> bool:
    return sent.minute < rate and sent.burst < math.ceil(rate * BURST / MINUTE)


def piled_up(tx: Transaction, now: datetime) -> bool:
    """Whether as many bulk letters are on their way, or wait for a network, as there should be."""
    on_their_way = tx.all(
        "SELECT l.next_at <= :lately AS due FROM letter l JOIN bulk_recipient r ON r.letter_id = l.id"
        " WHERE l.state IN ('waiting', 'sending') LIMIT :most",
        lately=now,
        most=PILED_UP,
    )
    return len(on_their_way) >= PILED_UP or sum(bool(row.due) for row in on_their_way) >= BACKLOG
