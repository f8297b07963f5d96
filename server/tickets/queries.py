"""What can be asked about tickets beside lists: threads, counts, history."""

from __future__ import annotations

from collections.abc import Sequence

from server import customers
from server.agents import AgentView
from server.database import Transaction
from server.errors import NotFound
from server.events import Change
from server.tickets import rows
from server.tickets.addressing import answer_address
from server.tickets.life import LIVE, STATUSES
from server.tickets.views import (
    Counts,
    DraftView,
    MessageView,
    ThreadView,
    TicketRow,
    TicketView,
)

MOST_OTHERS = 20
MOST_COUNTED = 1000
"""What no counter is kept of is counted this far: a console shows 999+."""


def some(tx: Transaction, agent: AgentView, numbers: Sequence[int]) -> list[TicketRow]:
    """The list rows of certain tickets, in no particular order; numbers that do not exist are left out."""
    found = tx.all(f"SELECT {rows.TICKET} FROM {rows.TICKET_FROM} WHERE t.number IN ({rows.several(numbers)})")
    return rows.tickets(tx, found, agent.id)


def view(tx: Transaction, agent: AgentView, number: int) -> TicketView:
    """One ticket in full, without its messages. Raises `NotFound`."""
    row = tx.first(
        f"SELECT {rows.TICKET}, t.hint, t.suggested_merge, t.fields, t.language, t.conversation, t.seen_id, t.seen_at"
        f" FROM {rows.TICKET_FROM} WHERE t.number = :number",
        number=number,
    )
    if row is None:
        raise NotFound("There is no ticket #{number}.", number=number)
    (listed,) = rows.tickets(tx, [row], agent.id)
    fields = {name: getattr(listed, name) for name in TicketRow.__struct_fields__}
    answer = answer_address(tx, number)
    links = tx.all(
        "SELECT ticket_b AS other FROM ticket_link WHERE ticket_a = :number"
        " UNION SELECT ticket_a FROM ticket_link WHERE ticket_b = :number ORDER BY other",
        number=number,
    )
    return TicketView(
        **fields,
        hint=row.hint,
        suggested_merge=row.suggested_merge,
        links=[link.other for link in links],
        fields=row.fields,
        language=row.language,
        reply_to=answer.to,
        reply_cc=answer.cc,
        reply_account=answer.account,
        moves=[status for status in STATUSES if status != row.status],
        chat=is_chat(tx, row.account_id, row.conversation),
        seen=row.seen_id,
        seen_at=row.seen_at,
        rating=rows.rating_of(tx, number),
    )


def tags(tx: Transaction, number: int) -> list[str]:
    """The tags of a ticket, by name."""
    found = tx.all(
        "SELECT tag.name FROM ticket_tag tt JOIN tag ON tag.id = tt.tag_id WHERE tt.ticket_number = :number"
        " ORDER BY tag.name",
        number=number,
    )
    return [row.name for row in found]


def is_chat(tx: Transaction, account_id: int, conversation: str | None) -> bool:
    """Whether a conversation's customer watches it as it happens."""
    return conversation is not None and bool(tx.value("SELECT live FROM channel_account WHERE id = :id", id=account_id))


def thread(tx: Transaction, agent: AgentView, number: int, *, limit: int = 50) -> ThreadView:
    """Everything a console paints for one ticket: the ticket, its newest messages, the customer, other tickets."""
    ticket = view(tx, agent, number)
    newest = messages(tx, number, limit=limit + 1)
    others = tx.all(
        f"SELECT {rows.TICKET} FROM {rows.TICKET_FROM} WHERE t.customer_id = :customer AND t.number <> :number"
        " AND t.merged_into IS NULL ORDER BY t.updated_at DESC LIMIT :most",
        customer=ticket.customer.id,
        number=number,
        most=MOST_OTHERS,
    )
    return ThreadView(
        ticket=ticket,
        messages=newest[-limit:],
        earlier=len(newest) > limit,
        drafts=drafts(tx, agent, number),
        customer=customers.view(tx, ticket.customer.id),
        purchases=customers.purchases(tx, ticket.customer.id),
        other_tickets=rows.tickets(tx, others, agent.id),
        seq=tx.value("SELECT seq FROM change_counter"),
    )


def messages(
    tx: Transaction, number: int, *, before: int | None = None, after: int | None = None, limit: int = 50
) -> list[MessageView]:
    """Messages of a ticket, oldest first: the newest ones, those before a seq, or those after one."""
    if after is not None:
        found = tx.all(
            "SELECT * FROM message WHERE ticket_number = :number AND seq > :seq ORDER BY seq LIMIT :limit",
            number=number,
            seq=after,
            limit=limit,
        )
    else:
        found = tx.all(
            "SELECT * FROM message WHERE ticket_number = :number AND seq < :seq ORDER BY seq DESC LIMIT :limit",
            number=number,
            seq=before if before is not None else 2**31 - 1,
            limit=limit,
        )[::-1]
    return rows.messages(tx, found)


def message(tx: Transaction, message_id: int) -> MessageView:
    """One message. Raises `NotFound`."""
    found = tx.all("SELECT * FROM message WHERE id = :id", id=message_id)
    if not found:
        raise NotFound("There is no message {id}.", id=message_id)
    return rows.messages(tx, found)[0]


def message_html(tx: Transaction, message_id: int) -> str:
    """The sanitised HTML of a message. Raises `NotFound` when it has none."""
    html = tx.value("SELECT html FROM message WHERE id = :id AND withdrawn_at IS NULL", id=message_id)
    if html is None:
        raise NotFound("This message has no HTML.")
    return str(html)


def drafts(tx: Transaction, agent: AgentView, number: int) -> list[DraftView]:
    """What agents are writing on a ticket: one's own words, and of colleagues only that they are at it."""
    return [
        DraftView(
            agent=row.agent_id,
            mode=row.mode,
            body=row.body if row.agent_id == agent.id else {},
            updated_at=row.updated_at,
        )
        for row in tx.all("SELECT * FROM draft WHERE ticket_number = :number ORDER BY updated_at", number=number)
    ]


def counts(tx: Transaction, agent: AgentView) -> Counts:
    """How many tickets stand where, from kept counters."""
    views = dict.fromkeys(("mine", "unassigned", "open", "waiting", "done", "none_needed", "all", "spam"), 0)
    statuses: dict[str, int] = dict.fromkeys(STATUSES, 0)
    teams: dict[str, int] = {}
    counted = tx.all(
        "SELECT spam, status, sum(tickets) AS tickets,"
        " sum(CASE WHEN assignee_id = 0 THEN tickets ELSE 0 END) AS nobodys,"
        " sum(CASE WHEN assignee_id = :me THEN tickets ELSE 0 END) AS mine FROM ticket_count GROUP BY spam, status",
        me=agent.id,
    )
    for row in counted:
        if row.spam:
            views["spam"] += row.tickets
            continue
        statuses[row.status] += row.tickets
        views["all"] += row.tickets
        if row.status in ("open", "active"):
            views["unassigned"] += row.nobodys
        if row.status in LIVE:
            views["mine"] += row.mine
    for row in tx.all(
        "SELECT team_id, sum(tickets) AS tickets FROM ticket_count WHERE team_id <> 0 AND spam = :no"
        " AND status IN ('open', 'active') GROUP BY team_id HAVING sum(tickets) <> 0",
        no=False,
    ):
        teams[str(row.team_id)] = row.tickets
    views["open"] = statuses["open"] + statuses["active"]
    for status in ("waiting", "done", "none_needed"):
        views[status] = statuses[status]
    views["snoozed"] = tx.value("SELECT count(*) FROM ticket WHERE snoozed_until IS NOT NULL")
    views["mentions"] = tx.value(
        "SELECT count(*) FROM mention m CROSS JOIN ticket t WHERE t.number = m.ticket_number AND m.agent_id = :agent"
        " AND t.spam = :no AND t.merged_into IS NULL AND t.status IN ('open', 'active', 'waiting')",
        agent=agent.id,
        no=False,
    )
    views["undelivered"] = tx.value(
        "SELECT count(*) FROM (SELECT 1 FROM ticket WHERE undelivered AND merged_into IS NULL AND spam = :no"
        " LIMIT :most) AS marked",
        no=False,
        most=MOST_COUNTED,
    )
    return Counts(views=views, statuses=statuses, teams=teams)


def history(
    tx: Transaction, number: int, *, after: int = 0, before: int | None = None, limit: int = 200
) -> list[Change]:
    """What happened to a ticket: who, what, when, from what to what. Oldest first from `after` on; newest first from
    `before` back."""
    stretch, order = ("seq > :at", "seq") if before is None else ("seq < :at", "seq DESC")
    found = tx.all(
        f"SELECT * FROM change WHERE ticket_number = :number AND {stretch} AND kind <> 'draft.changed'"
        f" ORDER BY {order} LIMIT :limit",
        number=number,
        at=after if before is None else before,
        limit=limit,
    )
    return [change(row) for row in found]


def changes(tx: Transaction, *, after: int, limit: int = 500) -> list[Change]:
    """The change feed from a place on, gap-free and in commit order."""
    return [
        change(row)
        for row in tx.all("SELECT * FROM change WHERE seq > :after ORDER BY seq LIMIT :limit", after=after, limit=limit)
    ]


def change(row: rows.TicketRecord) -> Change:
    """A row of the feed."""
    return Change(row.seq, row.at, row.kind, row.by_whom, row.ticket_number, row.data)
