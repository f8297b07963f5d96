"""Who is connected: a connection, the visitor or member behind it, and the conversations they watch."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from channels.contract import Account, Party
from channels.webchat.said import Who
from channels.webchat.site import Opening, Site
from channels.webchat.visitors import Book


class Session:
    """One connection: not yet anybody's until it has said hello."""

    __slots__ = ("address", "engine_id", "greeting", "language", "origin", "owner", "sid", "unanswered", "visitor")

    def __init__(self, sid: str, engine_id: str, origin: str, address: str) -> None:
        self.sid = sid
        self.engine_id = engine_id
        self.origin = origin
        self.address = address
        self.language = "ja"
        self.owner: Owner | None = None
        self.visitor = ""
        self.greeting = False
        self.unanswered = 0


class Talk:
    """A conversation that somebody watches.

    `position` is the seq up to which its room was told everything, `latest` the newest that is known of.
    """

    __slots__ = (
        "again", "agent", "heard", "id", "in_flight", "latest", "looked", "open", "own", "owner", "picture", "position",
        "pumping", "read", "ticket", "typing",
    )  # fmt: skip

    def __init__(self, id: str, owner: Owner) -> None:
        self.id = id
        self.owner = owner
        self.ticket: int | None = None
        self.position: int | None = None
        self.latest = 0
        self.agent = ""
        self.picture = ""
        self.open = True
        self.read = 0
        self.looked = False
        self.typing: tuple[str, ...] = ()
        self.pumping = False
        self.again = False
        self.in_flight = 0
        self.heard: set[int] = set()
        self.own: set[int] = set()


class Owner:
    """A visitor, or a member on all their devices, who is connected now."""

    __slots__ = (
        "account", "attended", "book", "changed", "context", "fade", "hours", "key", "sessions", "since", "site",
        "talks", "typing",
    )  # fmt: skip

    def __init__(self, account: Account, site: Site, key: str, book: Book) -> None:
        self.account = account
        self.site = site
        self.key = key
        self.book = book
        self.sessions: dict[str, Session] = {}
        self.talks: dict[str, Talk] = {}
        self.context: dict[str, Any] = {}
        self.changed = False
        self.typing = False
        self.fade: asyncio.TimerHandle | None = None
        self.since = datetime.now(UTC)
        self.attended = True
        self.hours: Opening | None = None

    @property
    def language(self) -> str:
        """The visitor's: what they chose, else what their browser said."""
        return self.book.profile.language or next((one.language for one in self.sessions.values()), "ja")

    @property
    def party(self) -> Party:
        """Who they are for the desk."""
        profile, visitor = self.book.profile, self.key.removeprefix("v:")
        return Who(visitor=visitor, name=profile.name, signed=self.book.signed).party(self.account)
