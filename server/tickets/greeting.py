"""Speaking first: an agent begins the conversation of a visitor who is there and has said nothing yet."""

from __future__ import annotations

from channels.contract import Present
from server import customers, delivery
from server.agents import AgentView, require
from server.database import Transaction
from server.delivery import Envelope
from server.delivery.letters import Someone
from server.errors import Conflict, Invalid
from server.events import MessageWritten, TicketOpened
from server.tickets import continuity, conversations, ledger, queries
from server.tickets.views import TicketView

LONGEST = 5_000


def greet(tx: Transaction, agent: AgentView, visitor: Present, text: str) -> TicketView:
    """A ticket that begins with our words in the visitor's own conversation, where they appear at once.

    Raises `Conflict` with the ticket as `current` when the conversation has begun, and when the site does not want
    its visitors spoken to.
    """
    require(agent, "agent")
    if not text.strip() or len(text) > LONGEST:
        raise Invalid(fields={"text": "is empty" if not text.strip() else "is too long"})
    if not visitor.welcome or visitor.party is None or visitor.conversation is None:
        raise Conflict("Visitors of this site are not spoken to first.")
    begun = conversations.ticket_of(tx, visitor.account, visitor.conversation)
    if begun is not None:
        raise Conflict(
            "The conversation has begun: it is ticket #{number}.",
            number=begun.number,
            current=queries.view(tx, agent, begun.number),
        )
    account = tx.one("SELECT kind, team_id FROM channel_account WHERE id = :id", id=visitor.account)
    who = customers.identify(tx, visitor.party, language=visitor.language or None)
    ticket = ledger.open_ticket(
        tx,
        subject=text.strip()[:80].partition("\n")[0],
        status="waiting",
        assignee_id=agent.id or None,
        team_id=account.team_id,
        customer_id=who.customer_id,
        contact_id=who.contact_id,
        account_id=visitor.account,
        channel=account.kind,
        conversation=visitor.conversation,
        language=visitor.language or "ja",
    )
    row = ledger.add_message(tx, ticket, kind="agent", agent_id=agent.id or None, text=text)
    party = visitor.party
    letter = delivery.post(
        tx,
        account_id=visitor.account,
        line=visitor.conversation,
        ticket=ticket.number,
        message_id=row.id,
        envelope=Envelope(
            to=(Someone(party.kind, party.address, party.name),),
            subject=ticket.subject,
            text=text,
            sender_name=agent.name,
            token=ticket.token,
            conversation=visitor.conversation,
            language=ticket.language,
        ),
    )
    ledger.settle(tx, ticket, row)
    continuity.expect(tx, ticket.number)
    tx.record(TicketOpened(ticket=ticket.number, account=visitor.account, customer=who.customer_id), agent.actor)
    tx.record(MessageWritten(ticket=ticket.number, message=row.id, seq=row.seq, letter=letter), agent.actor)
    return queries.view(tx, agent, ticket.number)
