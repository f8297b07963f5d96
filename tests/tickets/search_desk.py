"""A desk that is written to and searched, for the tests of search: real actions, and an index brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from channels.contract import InboundMessage, Party
from server import customers, tickets
from server.accounts.models import ChannelAccount
from server.agents import AgentView
from server.agents.models import Agent
from server.customers.actions import CustomerEdit
from server.database import Database, Transaction
from server.delivery import Attached
from server.tickets import TicketFilter
from server.tickets.indexing import index_batch
from server.tickets.views import SearchPage

AGENT = AgentView(id=1, email="a@shop.jp", name="A", role="admin")
SPAM = TicketFilter(view="spam")


class Desk:
    """`found` and `shown` bring the index up to date and ask; `page` asks the index as it is."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._ids = count(1)
        database.write_now(_begin)

    def do(self, action: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """One action of an agent, in a transaction of its own."""
        return self.database.write_now(action, AGENT, *args, **options)

    def customer(self, name: str = "", *contacts: str, **more: str) -> Party:
        """A customer, as the party that writes; a contact is an address or `kind:address`."""
        parties = [
            Party(kind or "email", address, name)
            for kind, _, address in (contact.rpartition(":") for contact in contacts)
        ] or [Party("email", f"c{next(self._ids)}@customer.example", name)]
        customer = self.do(customers.add, name=name, contacts=parties)
        if more:
            self.do(customers.edit, customer, CustomerEdit(**more))
        return parties[0]

    def ticket(self, subject: str, *texts: str, customer: Party | None = None, spam: bool = False) -> int:
        """A ticket with the messages of its customer."""
        sender = customer or self.customer()
        number = self._receive(sender, subject, texts[0]).ticket
        for text in texts[1:]:
            self.message(number, text)
        if spam:
            self.do(tickets.edit, number, tickets.TicketEdit(spam=True))
        return number

    def message(self, number: int, text: str, *files: str) -> int:
        """One more message of a ticket's customer; its id."""
        row = self.database.read_now(
            lambda tx: tx.one(
                "SELECT t.token, c.kind, c.address FROM ticket t JOIN contact c ON c.id = t.contact_id"
                " WHERE t.number = :number",
                number=number,
            )
        )
        received = self._receive(Party(row.kind, row.address), "", text, files, token=row.token)
        assert received.ticket == number
        return int(received.message)

    def _receive(
        self, sender: Party, subject: str, text: str, files: tuple[str, ...] = (), token: str | None = None
    ) -> tickets.Received:
        def receive(tx: Transaction) -> tickets.Received:
            message = InboundMessage(
                external_id=f"<{next(self._ids)}@test>",
                sender=sender,
                subject=subject,
                text=text,
                sent_at=tx.now,
                token=token,
            )
            return tickets.receive(tx, 1, message, tuple(Attached(name, "text/plain", 1, "d") for name in files))

        return self.database.write_now(receive)

    def index(self, limit: int = 100) -> int:
        """Bring the index up to date; how many batches it took."""
        batches = 0
        while self.database.write_now(index_batch, limit):
            batches += 1
        return batches

    def page(self, query: str, **options: Any) -> SearchPage:
        """What an agent is shown, with the index as it is."""
        return self.database.read_now(tickets.search, AGENT, query, **options)

    def found(self, query: str, **options: Any) -> list[int]:
        """The numbers of the tickets found."""
        self.index()
        return [hit.ticket.number for hit in self.page(query, **options).items]

    def shown(self, query: str) -> list[str]:
        """The snippets, with their highlights in brackets."""
        self.index()
        shown = []
        for hit in self.page(query).items:
            text = hit.snippet
            for start, end in reversed(hit.highlights):
                text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
            shown.append(text)
        return shown


def _begin(tx: Transaction) -> None:
    tx.add(Agent(id=AGENT.id, email=AGENT.email, name=AGENT.name, role=AGENT.role, created_at=tx.now))
    tx.add(ChannelAccount(id=1, kind="email", name="店", address="shop@example.jp", created_at=tx.now))
