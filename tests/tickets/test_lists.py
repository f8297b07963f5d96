"""Lists at any size: what they find is what was asked for, and no filter makes them read the table."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server import tickets
from server.accounts.models import ChannelAccount
from server.agents import AgentView
from server.agents.models import Agent, Team
from server.customers.models import Contact, Customer
from server.database import Transaction
from server.tickets import FIXED_VIEWS, Sort, TicketFilter, lists
from server.tickets.filters import SORTS
from server.tickets.life import LIVE, PRIORITIES, STATUSES
from server.tickets.models import Mention, Message, Tag, Ticket, TicketTag
from tests.desks import TestDesk

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNTS = {1: "email", 2: "webchat", 3: "form"}
FILTERS: list[dict[str, Any]] = [
    {},
    {"priority": ("urgent",)},
    {"priority": ("normal",)},
    {"priority": ("low", "normal", "high")},
    {"priority": ("high", "urgent")},
    {"channel": ("webchat",)},
    {"channel": ("carrier pigeon",)},
    {"channel": ("form", "email"), "priority": ("normal",)},
    {"account": (3,)},
    {"account": (99,)},
    {"account": (1, 2), "channel": ("webchat", "form")},
    {"team": (2,)},
    {"team": (0,)},
    {"team": (0, 1), "assignee": (0,)},
    {"assignee": (1, 2), "priority": ("low",)},
    {"assignee": (0,), "account": (3,), "team": (1,), "priority": ("urgent",)},
    {"status": ("done",), "team": (3,), "priority": ("normal",)},
    {"tag": ("返品",)},
    {"tag": ("返品", "VIP")},
    {"tag": ("unknown",)},
    {"tag": ("VIP",), "priority": ("high",)},
    {"customer": 2},
    {"customer": 2, "tag": ("VIP",), "team": (1,)},
    {"customer": 4_000},
]


def shop(tx: Transaction, pick: random.Random, many: int) -> None:
    """Tickets of every kind, many of them changed at the same moment."""
    for number in (2, 3):
        tx.add(Agent(id=number, email=f"{number}@desk.example", name=f"係 {number}", created_at=BEGIN))
        tx.add(ChannelAccount(id=number, kind=ACCOUNTS[number], name="x", address=f"{number}@x", created_at=BEGIN))
    for number in (1, 2, 3):
        tx.add(Team(id=number, name=f"班 {number}"))
        tx.add(Customer(id=number, created_at=BEGIN, updated_at=BEGIN))
        tx.add(
            Contact(id=number, customer_id=number, kind="email", address=f"{number}@c", created_at=BEGIN, seen_at=BEGIN)
        )
    for number, name in enumerate(("返品", "VIP"), 1):
        tx.add(Tag(id=number, name=name))
    for number in range(1, many + 1):
        rank = pick.choices((0, 1, 2, 3), (2, 10, 2, 1))[0]
        customer, account = pick.choice((1, 2, 2, 3)), pick.choices((1, 2, 3), (6, 3, 1))[0]
        waiting = BEGIN + timedelta(minutes=pick.randrange(many // 3))
        ticket = Ticket(
            number=number,
            status=pick.choices(STATUSES, (2, 1, 2, 8, 2))[0],
            priority=PRIORITIES[rank],
            priority_rank=rank,
            assignee_id=pick.choice((None, 1, 2, 3)),
            team_id=pick.choice((None, 1, 1, 2, 3)),
            customer_id=customer,
            contact_id=customer,
            account_id=account,
            channel=ACCOUNTS[account],
            token=f"t{number}",
            spam=pick.random() < 0.1,
            merged_into=1 if number > 1 and pick.random() < 0.05 else None,
            undelivered=pick.random() < 0.15,
            snoozed_until=BEGIN if pick.random() < 0.1 else None,
            waiting_since=waiting,
            created_at=waiting,
            updated_at=BEGIN + timedelta(minutes=pick.randrange(many // 3)),
        )
        tx.session.add(ticket)
    tx.session.flush()
    tx.session.add_all(TicketTag(ticket_number=n, tag_id=1) for n in range(1, many + 1, 3))
    tx.session.add_all(TicketTag(ticket_number=n, tag_id=2) for n in range(5, many + 1, 7))
    for number in range(2, many + 1, 4):
        tx.add(Message(id=number, ticket_number=number, seq=1, kind="note", created_at=BEGIN))
        tx.session.add(Mention(agent_id=1, ticket_number=number, message_id=number))


def expected(tx: Transaction, agent: AgentView, view: str, asked: dict[str, Any], sort: Sort) -> list[int]:
    """What a list must hold, found by looking at every ticket."""
    tags: dict[int, set[str]] = {}
    for row in tx.all("SELECT tt.ticket_number, tag.name FROM ticket_tag tt JOIN tag ON tag.id = tt.tag_id"):
        tags.setdefault(row.ticket_number, set()).add(row.name)
    mine = {row.ticket_number for row in tx.all("SELECT * FROM mention WHERE agent_id = :me", me=agent.id)}
    views: dict[str, Callable[[Any], bool]] = {
        "mine": lambda t: t.assignee_id == agent.id and t.status in LIVE,
        "unassigned": lambda t: t.assignee_id is None and t.status in ("open", "active"),
        "open": lambda t: t.status in ("open", "active"),
        "waiting": lambda t: t.status == "waiting",
        "done": lambda t: t.status == "done",
        "none_needed": lambda t: t.status == "none_needed",
        "snoozed": lambda t: t.snoozed_until is not None,
        "mentions": lambda t: t.number in mine and t.status in LIVE,
        "undelivered": lambda t: bool(t.undelivered),
        "all": lambda _: True,
        "spam": lambda _: True,
    }
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "status": lambda t, held: t.status in held,
        "assignee": lambda t, held: (t.assignee_id or 0) in held,
        "team": lambda t, held: (t.team_id or 0) in held,
        "account": lambda t, held: t.account_id in held,
        "channel": lambda t, held: t.channel in held,
        "priority": lambda t, held: t.priority in held,
        "customer": lambda t, held: t.customer_id == held,
        "tag": lambda t, held: set(held) <= tags.get(t.number, set()),
    }
    found = [
        t
        for t in tx.all("SELECT * FROM ticket WHERE merged_into IS NULL")
        if t.spam == (view == "spam") and views[view](t) and all(tests[name](t, held) for name, held in asked.items())
    ]
    column, descending = SORTS[sort]
    return [t.number for t in sorted(found, key=lambda t: (getattr(t, column), t.number), reverse=descending)]


def whole(tx: Transaction, agent: AgentView, wanted: TicketFilter, sort: Sort, limit: int) -> list[int]:
    """All pages of a list, one after the other."""
    numbers: list[int] = []
    after = None
    while True:
        page = tickets.page(tx, agent, wanted, sort=sort, limit=limit, after=after)
        assert len(page.items) <= limit
        numbers += [row.number for row in page.items]
        assert page.next is None or page.next != after, "a cursor goes on"
        if page.next is None:
            return numbers
        after = page.next


def asked_for(pick: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """Every filter in the list of all, and each other view with two of them."""
    views = [(view, asked) for view in FIXED_VIEWS for asked in pick.sample(FILTERS, 2)]
    return [("all", asked) for asked in FILTERS] + views


@pytest.mark.parametrize(("most", "few"), [(6_000, 5_000), (20, 9), (3, 0)])
async def test_all_pages_together_are_what_was_asked_for(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, most: int, few: int
) -> None:
    monkeypatch.setattr(lists, "MOST_READ", most)
    monkeypatch.setattr(lists, "FEW", few)
    pick = random.Random(most)
    await desk.database.write(shop, pick, 90)

    def compare(tx: Transaction) -> None:
        for view, asked in asked_for(pick):
            sort: Sort = pick.choice(("waiting", "recent", "oldest"))
            found = whole(tx, desk.agent, TicketFilter(view=view, **asked), sort, pick.choice((7, 50)))
            assert found == expected(tx, desk.agent, view, asked, sort), (view, asked, sort)

    await desk.database.read(compare)


class Watched:
    """A connection that tells how each statement would be carried out."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.dialect = connection.dialect
        self.plans: list[tuple[str, list[str]]] = []

    def cursor(self, sql: str, parameters: Any = ()) -> Any:
        explain = "EXPLAIN QUERY PLAN " if self.dialect == "sqlite" else "EXPLAIN "
        plan = [str(row[-1]) for row in self.connection.cursor(explain + sql, parameters).fetchall()]
        self.plans.append((sql, plan))
        return self.connection.cursor(sql, parameters)


WALK = re.compile(
    r"SCAN (?:ticket|t)\b(?! USING (?:COVERING )?INDEX ix_ticket_(?:snoozed|undelivered)\b)|Seq Scan on ticket\b"
)


def walks(plan: list[str]) -> list[str]:
    """The lines of a plan that read all tickets; an index that holds but the few of one kind may be read whole."""
    return [line for line in plan if WALK.search(line)]


@pytest.mark.parametrize("statistics", [False, True], ids=["no statistics", "statistics"])
@pytest.mark.parametrize("few", [0, 5_000])
async def test_no_filter_reads_all_tickets(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, statistics: bool, few: int
) -> None:
    monkeypatch.setattr(lists, "FEW", few)
    await desk.database.write(shop, random.Random(5), 60)

    def look(tx: Transaction) -> None:
        if tx.dialect == "postgresql":
            # A table of sixty rows is read whole by right; what is asked is whether an index would do.
            tx.run("SET LOCAL enable_seqscan = off")
        pick = random.Random(few)
        for view, asked in asked_for(pick):
            sort: Sort = pick.choice(("waiting", "recent", "oldest"))
            watched = Watched(tx._connection)
            monkeypatch.setattr(tx, "_connection", watched)
            wanted = TicketFilter(view=view, **asked)
            page = tickets.page(tx, desk.agent, wanted, sort=sort, limit=5)
            if page.next:
                tickets.page(tx, desk.agent, wanted, sort=sort, limit=5, after=page.next)
            monkeypatch.setattr(tx, "_connection", watched.connection)
            for sql, plan in watched.plans:
                assert not walks(plan), (view, asked, sort, sql, plan)

    if statistics:
        await desk.database.write(lambda tx: tx.run("ANALYZE"))
    await desk.database.read(look)


async def test_a_page_reads_no_more_than_it_may(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rare ticket behind many others: pages without it and cursors, and it comes."""
    await desk.database.write(shop, random.Random(6), 90)
    await desk.database.write(
        lambda tx: tx.run(
            "UPDATE ticket SET status = 'done', spam = :no, merged_into = NULL, priority = 'normal', priority_rank = 1,"
            " team_id = 1, assignee_id = CASE WHEN number = 1 THEN 2 END, account_id = 1, updated_at = :at",
            no=False,
            at=BEGIN,
        )
    )
    monkeypatch.setattr(lists, "MOST_READ", 20)
    wanted = TicketFilter(priority=("normal",), status=("done",), assignee=(2, 3), team=(1,))
    monkeypatch.setattr(lists, "LEADING", ("team_id",))

    def pages(tx: Transaction) -> list[int]:
        after, found = None, []
        while True:
            page = tickets.page(tx, desk.agent, wanted, sort="recent", limit=10, after=after)
            found.append(len(page.items))
            after = page.next
            if after is None:
                return found

    assert await desk.database.read(pages) == [0, 0, 0, 0, 1]
