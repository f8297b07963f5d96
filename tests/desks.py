"""A real desk for tests: real database, files and channels, without web server; and ways to speak to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from channels.contract import (
    Accepted,
    Account,
    Arrival,
    Channel,
    Field,
    Inbound,
    InboundMessage,
    OutboundMessage,
    Party,
    Raw,
    Receipt,
)
from server import accounts, agents, tickets
from server.accounts import AccountDraft, Keys
from server.agents import DESK, AgentView
from server.database import Database
from server.files import Files
from server.inbox import InboxDesk
from server.tickets import TicketFilter
from server.tickets.views import ThreadView
from tests import hanging

SECRET = "a secret of the tests, long enough to be one"


class ScriptedChannel:
    """A channel whose network is this object: `read` gives what was put in `says`, `deliver` does as `network` does."""

    kind = "email"
    label = "Scripted"
    fields: tuple[Field, ...] = ()
    undo_seconds = 0

    def __init__(self) -> None:
        self.says: dict[str, list[Inbound] | Exception] = {}
        self.delivered: list[OutboundMessage] = []
        self.network: Callable[[OutboundMessage], Receipt] = lambda message: Receipt(f"{message.key}@desk.example")

    def attach(self, app: Any, desk: Any) -> None:
        """It has no doors."""

    def read(self, arrival: Arrival) -> list[Inbound]:
        """What was put there for these bytes."""
        said = self.says[arrival.raw.bytes().decode()]
        if isinstance(said, Exception):
            raise said
        return said

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """Let the scripted network judge."""
        receipt = self.network(message)
        self.delivered.append(message)
        return receipt


class TestDesk:
    """A desk with one scripted account and one agent."""

    __test__ = False

    def __init__(self, database: Database, files: Files, channels: Mapping[str, Channel]) -> None:
        self.database = database
        self.files = files
        self.channels = channels
        self.keys = Keys(SECRET)
        self.inbox = InboxDesk(
            database,
            files,
            channels,
            self.keys,
            public_url="https://desk.example",
            secret=b"x" * 32,
            max_bytes=10_000_000,
            allow=lambda *_: 0.0,
        )
        self.account: Account
        self.agent: AgentView

    async def open(self) -> TestDesk:
        """Make the account and the agent."""
        draft = AccountDraft(kind="email", name="Support", address="support@desk.example")
        view = await self.database.write(accounts.add, DESK, draft, channels=self.channels, keys=self.keys)
        self.agent = await self.database.write(
            lambda tx: agents.add(tx, DESK, email="sato@desk.example", name="佐藤", role="admin")
        )
        await self.inbox.load_accounts()
        self.account = await self.inbox.account(view.id)
        return self

    async def colleague(self, name: str = "鈴木") -> AgentView:
        """One more agent."""
        return await self.database.write(
            lambda tx: agents.add(tx, DESK, email=f"{sha256(name.encode()).hexdigest()[:8]}@desk.example", name=name)
        )

    async def accept(self, text: str, external_id: str | None = None) -> Accepted:
        """An arrival with these bytes."""
        return await self.inbox.accept(self.arrival(text.encode(), external_id))

    def arrival(self, raw: bytes, external_id: str | None = None) -> Arrival:
        """An arrival at the account."""
        return Arrival(self.account, external_id or sha256(raw).hexdigest(), Raw(raw), "text/plain", datetime.now(UTC))

    async def hear(self, text: str, **said: Any) -> Accepted:
        """A customer's message, said on the scripted channel."""
        channel = self.channels["email"]
        assert isinstance(channel, ScriptedChannel)
        message = a_message(text, **said)
        channel.says[message.external_id] = [message]
        return await self.accept(message.external_id, message.external_id)

    async def thread(self, number: int | None) -> ThreadView:
        """A ticket as the agent's console gets it."""
        assert number is not None
        return await self.database.read(tickets.thread, self.agent, number)

    async def reply(self, number: int | None, text: str, *, agent: AgentView | None = None, **options: Any) -> Any:
        """The agent answers, having seen everything unless told otherwise."""
        assert number is not None
        seen = options.pop("seen", (await self.thread(number)).ticket.last_seq)
        return await self.database.write(tickets.reply, agent or self.agent, number, text, seen=seen, **options)

    async def listed(self, view: str = "all", **conditions: Any) -> list[int]:
        """The numbers in a list."""
        page = await self.database.read(tickets.page, self.agent, TicketFilter(view=view, **conditions), limit=100)
        return [row.number for row in page.items]

    async def close(self) -> None:
        """Let the threads end."""
        await self.inbox.close()


_counted = iter(range(1, 1_000_000))


def a_message(
    text: str, *, sender: str | Party = "tanaka@customer.example", name: str = "田中", **more: Any
) -> InboundMessage:
    """A mail from a customer."""
    return InboundMessage(
        **{
            "external_id": f"{next(_counted)}@customer.example",
            "sender": sender if isinstance(sender, Party) else Party("email", sender, name),
            "text": text,
            "sent_at": datetime.now(UTC),
            "subject": "件名",
            **more,
        }
    )


async def until(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait for something to become true; its value. Fails with what it was last."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = what()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        if asyncio.get_running_loop().time() > end:
            in_vain = AssertionError(f"waited {seconds} s in vain, last seen: {found!r}")
            hanging.tell_of_tasks(in_vain)
            raise in_vain
        await asyncio.sleep(0.01)
