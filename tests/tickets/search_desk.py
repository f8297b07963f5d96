"""A desk with rows put straight into it, for the tests of search."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.accounts.models import ChannelAccount
from server.agents.models import Agent
from server.agents.views import AgentView
from server.customers.models import Contact, Customer
from server.database import Database, Transaction
from server.events import MessageReceived, TicketOpened
from server.tickets.filters import TicketFilter
from server.tickets.indexing import index_batch
from server.tickets.models import FileRef, Message, Ticket
from server.tickets.search import search
from server.tickets.views import SearchPage

ASKING = AgentView(id=1, email="a@shop.jp", name="A", role="agent")


class Desk:
    """Tickets are written as rows with their events; `found` indexes what is new and asks."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.write_now(self._begin)

    @staticmethod
    def _begin(tx: Transaction) -> None:
        tx.add(Agent(id=1, email="a@shop.jp", name="A", created_at=tx.now))
        tx.add(ChannelAccount(id=1, kind="email", name="店", address="shop@example.jp", created_at=tx.now))

    def customer(self, name: str = "", *contacts: str, kana: str = "", company: str = "") -> int:
        """A customer; a contact is an address, or `kind:address`."""

        def write(tx: Transaction) -> int:
            row = tx.add(
                Customer(name=name, kana=kana, company=company, language=None, created_at=tx.now, updated_at=tx.now)
            )
            assert row.id is not None
            for contact in contacts or (f"c{row.id}@customer.example",):
                kind, _, address = contact.rpartition(":")
                tx.add(
                    Contact(
                        customer_id=row.id,
                        kind=kind or "email",
                        address=address,
                        name=name,
                        created_at=tx.now,
                        seen_at=tx.now,
                    )
                )
            return row.id

        return self.database.write_now(write)

    def ticket(self, subject: str, *texts: str, customer: int | None = None, **columns: Any) -> int:
        """A ticket with its messages."""
        whose = customer or self.customer()

        def write(tx: Transaction) -> int:
            contact = tx.value("SELECT id FROM contact WHERE customer_id = :id ORDER BY id", id=whose)
            at: datetime = tx.now
            row = tx.add(
                Ticket(
                    subject=subject,
                    customer_id=whose,
                    contact_id=contact,
                    account_id=1,
                    channel="email",
                    token=f"t{tx.value('SELECT count(*) FROM ticket')}",
                    waiting_since=at,
                    created_at=at,
                    updated_at=at,
                    **columns,
                )
            )
            assert row.number is not None
            tx.record(TicketOpened(ticket=row.number, account=1, customer=whose))
            return row.number

        number = self.database.write_now(write)
        for text in texts:
            self.message(number, text)
        return number

    def message(self, number: int, text: str, *files: str, kind: str = "customer", subject: str = "") -> int:
        """One more message on a ticket."""

        def write(tx: Transaction) -> int:
            seq = tx.value("UPDATE ticket SET last_seq = last_seq + 1 WHERE number = :n RETURNING last_seq", n=number)
            row = tx.add(
                Message(ticket_number=number, seq=seq, kind=kind, text=text, subject=subject, created_at=tx.now)
            )
            assert row.id is not None
            for name in files:
                tx.add(
                    FileRef(
                        message_id=row.id,
                        filename=name,
                        content_type="application/pdf",
                        size=1,
                        digest="d",
                        created_at=tx.now,
                    )
                )
            tx.record(MessageReceived(ticket=number, message=row.id, seq=seq))
            return row.id

        return self.database.write_now(write)

    def index(self, limit: int = 100) -> int:
        """Bring the index up to date; how many batches it took."""
        batches = 0
        while self.database.write_now(index_batch, limit):
            batches += 1
        return batches

    def page(self, query: str, **options: Any) -> SearchPage:
        """What an agent is shown, with the index as it is."""
        return self.database.read_now(search, ASKING, query, **options)

    def found(self, query: str, **options: Any) -> list[int]:
        """The numbers found by a query, with the index up to date."""
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


SPAM = TicketFilter(view="spam")
