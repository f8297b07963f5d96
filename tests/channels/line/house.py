"""A whole desk with a LINE account: real database, courier and errands, the simulated platform, and an agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.contract import Account, Health
from channels.line import LineChannel
from channels.line.simulator import Person, Simulator, serving
from server import accounts, agents, tickets
from server.accounts import AccountDraft, Keys
from server.agents import DESK, AgentView
from server.customers import queries as customers
from server.customers.views import CustomerView
from server.database import Database, Engine
from server.delivery import Courier
from server.files import Files
from server.inbox import InboxDesk, published
from server.tickets import TicketFilter, attachments
from server.tickets.views import MessageView, ThreadView
from tests.desks import SECRET as DESK_SECRET
from tests.desks import ScriptedChannel, until

SECRET = "the channel secret of the tests"


class House:
    """The desk and the platform. `start` begins to carry and to fetch, so that a test may look in between."""

    def __init__(self, engine: Engine, files: Files, line: Simulator) -> None:
        self.database = Database(engine)
        self.files = files
        self.line = line
        self.channel = LineChannel()
        self.mail = ScriptedChannel()
        self.channels: dict[str, Any] = {"line": self.channel, "email": self.mail}
        self.keys = Keys(DESK_SECRET)
        self.desk: InboxDesk
        self.courier: Courier
        self.client: TestClient[Any, Any]
        self.account: Account
        self.agent: AgentView
        self._errands: asyncio.Task[None] | None = None

    async def open(self, url: str, settings: dict[str, Any]) -> None:
        """Make the desk, which is seen from outside at `url`."""
        self.desk = InboxDesk(
            self.database,
            self.files,
            self.channels,
            self.keys,
            public_url=url,
            secret=b"s" * 32,
            max_bytes=10_000_000,
            allow=lambda *_: 0.0,
        )
        self.courier = Courier(self.database, self.files, self.channels, self.desk)
        self.agent = await self.database.write(
            lambda tx: agents.add(tx, DESK, email="sato@desk.example", name="佐藤", role="admin")
        )
        await self.add_account("line", "まどぐち商店", "@216ru", settings)
        self.account = self.desk.accounts("line")[0]

    async def add_account(self, kind: str, name: str, address: str, settings: dict[str, Any]) -> int:
        """One more account."""
        draft = AccountDraft(kind=kind, name=name, address=address, settings=settings)
        view = await self.database.write(accounts.add, DESK, draft, channels=self.channels, keys=self.keys)
        await self.desk.load_accounts()
        return view.id

    async def change(self, **settings: Any) -> None:
        """An admin changes the account's settings."""
        view = await self.database.read(accounts.view, self.keys, self.account.id)
        draft = AccountDraft(kind="line", name=view.name, address=view.address, settings=view.settings | settings)
        await self.database.write(accounts.edit, DESK, view.id, draft, channels=self.channels, keys=self.keys)
        await self.desk.load_accounts()
        self.account = self.desk.accounts("line")[0]

    def start(self) -> None:
        """Carry letters and run errands, as the composition does."""
        self.courier.start()
        self._errands = asyncio.create_task(self.desk.errands.run())

    async def rest(self) -> None:
        """Nothing is carried and fetched any more, as when the process ends."""
        await self.courier.stop()
        if self._errands is not None:
            self._errands.cancel()
            await asyncio.gather(self._errands, return_exceptions=True)

    async def close(self) -> None:
        """Everything stops."""
        await self.rest()
        await self.desk.close()
        await self.database.close()

    # ------------------------------------------------------------------------------------------------ what happens

    async def heard(self, *said: Any) -> None:
        """Everything that was said has been handed over and taken."""
        await self.line.settled()
        self.courier.kick()
        assert all(attempt.arrived for attempt in self.line.webhooks.attempts), self.line.webhooks.attempts[-1]

    async def numbers(self, view: str = "all") -> list[int]:
        """The tickets, oldest first."""
        page = await self.database.read(tickets.page, self.agent, TicketFilter(view=view), limit=100)
        return sorted(row.number for row in page.items)

    async def thread(self, number: int = 1) -> ThreadView:
        """A ticket as the console gets it."""
        return await self.database.read(tickets.thread, self.agent, number, limit=200)

    async def messages(self, number: int = 1) -> list[MessageView]:
        """What stands on a ticket, in the order of time, as the console shows it."""
        found = (await self.thread(number)).messages
        return sorted(found, key=lambda message: (message.created_at, message.seq))

    async def from_customer(self, number: int = 1) -> list[MessageView]:
        """What the customer wrote."""
        return [message for message in await self.messages(number) if message.kind == "customer"]

    async def customer(self, number: int = 1) -> CustomerView:
        """Whose ticket it is."""
        ticket = await self.thread(number)
        return await self.database.read(customers.view, ticket.ticket.customer.id)

    async def reply(self, text: str, number: int = 1, **more: Any) -> MessageView:
        """The agent answers, having seen everything."""
        seen = (await self.thread(number)).ticket.last_seq
        message: MessageView = await self.database.write(tickets.reply, self.agent, number, text, seen=seen, **more)
        self.courier.kick()
        return message

    async def letter(self, message: MessageView) -> Any:
        """How the delivery of a message stands."""
        return (await self.database.read(tickets.message, message.id)).letter

    async def settled(self, message: MessageView) -> Any:
        """Its letter, once it is delivered or failed."""

        async def done() -> Any:
            letter = await self.letter(message)
            return letter if letter.state in ("delivered", "failed") else None

        return await until(done, 30)

    async def upload(self, name: str, content_type: str, data: bytes) -> int:
        """A file that the agent puts into the composer."""
        stored = await asyncio.to_thread(self.files.keep, iter([data]))
        view = await self.database.write(attachments.upload, self.agent, stored, name, content_type)
        return view.id

    async def wait_for(self, what: Callable[[], Any], seconds: float = 30) -> Any:
        """`until`, with patience for a busy machine."""
        return await until(what, seconds)

    async def health(self) -> Health | None:
        """How the account is said to be doing."""
        return await self.database.read(accounts.health, self.account.id)

    def texts(self, person: Person) -> Sequence[str]:
        """What stands on somebody's phone."""
        return [bubble.text for bubble in person.phone]


async def _hand_out(house: House, request: web.Request) -> web.StreamResponse:
    found = await house.database.read(published.published, request.match_info["name"])
    response = web.FileResponse(house.files.path(found.digest))
    response.content_type = found.content_type
    return response


@asynccontextmanager
async def opened(engine: Engine, folder: Path, **settings: Any) -> AsyncIterator[House]:
    """The platform, the desk, the doors between them."""
    line = Simulator("1657000000", SECRET)
    line.webhooks.patience = 60
    async with serving(line) as served:
        house = House(engine, Files(folder), line)
        app = web.Application()
        app.router.add_get("/p/{name}/{filename}", partial(_hand_out, house))
        server = TestServer(app)
        await house.open(
            "http://127.0.0.1:1",
            {
                "channel_id": line.channel_id,
                "channel_secret": SECRET,
                "access_token": line.token,
                "api_base": served.api_base,
                "data_base": served.data_base,
                "dialog_base": served.api_base,
                "sticker_base": served.api_base,
                **settings,
            },
        )
        house.channel.attach(app, house.desk)
        async with TestClient(server) as client:
            house.client = client
            house.desk._public_url = str(client.make_url("/")).rstrip("/")
            line.webhooks.url = f"{house.desk.public_url}/line/webhook/{house.account.id}"
            try:
                yield house
            finally:
                await house.close()
