"""Pages of a list, each at a bounded cost however many tickets there are and however few of them match.

A list is stretches of one index, one for each status and each value of the column that leads the index; their first
rows are merged. What the index does not answer by itself is asked of its entries, of at most `MOST_READ` a page: a
page on which that was not enough to fill it has fewer tickets, perhaps none, and a cursor to go on from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from server.agents import AgentView
from server.database import Transaction
from server.tickets import rows
from server.tickets.filters import (
    SORTS,
    Column,
    Conditions,
    Cursor,
    Sort,
    TicketFilter,
    conditions,
    one_of,
    parse_cursor,
    write_cursor,
)
from server.tickets.views import TicketPage

MOST_READ = 6_000
"""Entries of indexes that a page looks at in vain at most."""
FEW = 5_000
"""Tickets that are fetched one by one sooner than a longer index is walked past all others."""
MOST_STRETCHES = 40
NORMAL = 1
LEADING: tuple[Column, ...] = ("assignee_id", "priority_rank", "account_id", "team_id")


class Order(NamedTuple):
    """By which column a list goes, in which direction, and from where on."""

    column: str
    descending: bool
    after: Cursor | None

    @property
    def by(self) -> str:
        """The ORDER BY of rows that have the column and the number."""
        direction = "DESC" if self.descending else "ASC"
        return f"ORDER BY {self.column} {direction}, number {direction}"

    def within(self, until: Cursor | None) -> str:
        """The condition on a ticket `t` to stand after the cursor, and not after `until`."""
        beyond, upto = ("<", ">=") if self.descending else (">", "<=")
        place = f"(t.{self.column}, t.number)"
        after = f" AND {place} {beyond} (:after_at, :after_number)" if self.after else ""
        return after + (f" AND {place} {upto} (:until_at, :until_number)" if until else "")

    def values(self, until: Cursor | None) -> dict[str, Any]:
        """The values that `within` names."""
        places = {"after": self.after, "until": until}
        return {
            f"{name}_{part}": value
            for name, cursor in places.items()
            if cursor is not None
            for part, value in (("at", cursor.value), ("number", cursor.number))
        }


class Walk(NamedTuple):
    """Stretches of an index, and what is asked of each entry on the way."""

    stretches: list[str]
    asked: list[str]


def page(
    tx: Transaction,
    agent: AgentView,
    wanted: TicketFilter,
    *,
    sort: Sort = "waiting",
    limit: int = 50,
    after: str | None = None,
) -> TicketPage:
    """One keyset page of a list. With `next` there may be more, also after a page that is not full."""
    held = conditions(tx, agent, wanted)
    order = Order(*SORTS[sort], parse_cursor(after))
    if not held.statuses or not all(held.columns.values()):
        return TicketPage(items=[], next=None)
    found, until = _few(tx, held, order, limit + 1) or _walked(tx, held, order, limit + 1)
    shown = found[:limit]
    if len(found) > limit:
        until = Cursor(getattr(shown[-1], order.column), shown[-1].number)
    return TicketPage(items=rows.tickets(tx, shown, agent.id), next=write_cursor(until) if until else None)


def many(tx: Transaction, agent: AgentView, wanted: TicketFilter, most: int) -> tuple[int, bool]:
    """How many tickets a list has, counted up to `most` at a page's cost, and whether there are or may be more."""
    held = conditions(tx, agent, wanted)
    order = Order(*SORTS["recent"], None)
    if not held.statuses or not all(held.columns.values()):
        return 0, False
    found, until = _few(tx, held, order, most + 1) or _walked(tx, held, order, most + 1)
    return min(len(found), most), len(found) > most or until is not None


Found = tuple[list[rows.TicketRecord], Cursor | None]


def _few(tx: Transaction, held: Conditions, order: Order, limit: int) -> Found | None:
    """The next rows when some condition picks but a few tickets: those are fetched first."""
    counts = [
        (tx.value(f"SELECT count(*) FROM ({one.numbers} LIMIT {FEW + 1}) AS few"), place)
        for place, one in enumerate(held.few)
    ]
    many, place = min(counts, default=(FEW + 1, 0))
    if many > FEW:
        return None
    others = held._replace(few=held.few[:place] + held.few[place + 1 :])
    where = " AND ".join(["t.number = few.picked", *others.where, f"t.status IN ({_words(held.statuses)})"])
    # The limit leaves out none: it and the kind of join keep planners from walking a list instead.
    picked = (
        f"SELECT t.number, t.{order.column} FROM ({held.few[place].numbers} LIMIT {FEW}) AS few CROSS JOIN ticket t"
        f" WHERE {where}{order.within(None)} {order.by} LIMIT :limit"
    )
    return _rows(tx, picked, order, {**held.values, **order.values(None), "limit": limit}), None


def _walked(tx: Transaction, held: Conditions, order: Order, limit: int) -> Found:
    """The next rows of a list, and up to where it was looked at when that is not its end."""
    walk = _choose(tx, held)
    until = _edge(tx, walk, held, order) if walk.asked else None
    asked = "".join(f" AND {condition}" for condition in walk.asked)
    values = {**held.values, **order.values(until), "limit": limit}
    stretches = " UNION ALL ".join(
        f"SELECT * FROM (SELECT t.number, t.{order.column} FROM ticket t"
        f" WHERE {stretch}{order.within(until)}{asked} {order.by} LIMIT :limit) AS s{place}"
        for place, stretch in enumerate(walk.stretches)
    )
    return _rows(tx, f"SELECT * FROM ({stretches}) AS s {order.by} LIMIT :limit", order, values), until


def _rows(tx: Transaction, picked: str, order: Order, values: dict[str, Any]) -> list[rows.TicketRecord]:
    direction = "DESC" if order.descending else "ASC"
    return tx.all(
        f"SELECT {rows.TICKET} FROM ({picked}) AS found JOIN ticket t ON t.number = found.number {rows.WITH_CUSTOMER}"
        f" ORDER BY t.{order.column} {direction}, t.number {direction}",
        **values,
    )


def _edge(tx: Transaction, walk: Walk, held: Conditions, order: Order) -> Cursor | None:
    """How far all stretches together may be read on this page; None to their ends."""
    many = max(1, MOST_READ // len(walk.stretches))
    edges = " UNION ALL ".join(
        f"SELECT * FROM (SELECT t.number, t.{order.column} FROM ticket t WHERE {stretch}{order.within(None)}"
        f" {order.by} LIMIT 1 OFFSET {many - 1}) AS s{place}"
        for place, stretch in enumerate(walk.stretches)
    )
    edge = tx.first(f"SELECT * FROM ({edges}) AS s {order.by} LIMIT 1", **held.values, **order.values(None))
    return Cursor(edge[1], edge[0]) if edge is not None else None


def _choose(tx: Transaction, held: Conditions) -> Walk:
    """The index that has the fewest entries to look at: that of a column asked for, or that of all tickets."""
    leaders = [column for column in LEADING if _leads(column, held)]
    if len(leaders) > 1:
        leaders.sort(key=lambda column: _count(tx, held, column))
    leader = leaders[0] if leaders else None
    kept = ["t.merged_into IS NULL", "t.spam = :spam"]
    stretches = [
        " AND ".join([*lead, *kept, f"t.status = '{status}'"])
        for lead in (_lead(leader, held.columns[leader]) if leader else ([],))
        for status in held.statuses
    ]
    others = [one_of(column, values) for column, values in held.columns.items() if column != leader]
    return Walk(stretches, [*others, *(one.condition for one in held.few)])


def _leads(column: Column, held: Conditions) -> bool:
    """Whether the index of a column serves: that of priorities leaves out the normal ones."""
    values = held.columns.get(column)
    return (
        values is not None
        and len(values) * len(held.statuses) <= MOST_STRETCHES
        and not (column == "priority_rank" and NORMAL in values)
    )


def _lead(column: Column, values: frozenset[int]) -> Iterator[list[str]]:
    """What each stretch of the index of a column begins with."""
    for value in sorted(values):
        if column == "priority_rank":
            # Said as the index says it, for SQLite.
            yield [f"t.priority_rank = {value}", f"t.priority_rank <> {NORMAL}"]
        else:
            yield [f"t.{column} = {value}" if value else f"t.{column} IS NULL"]


def _count(tx: Transaction, held: Conditions, column: Column) -> int:
    """How many entries an index has for what is wanted of its column, as far as it matters."""
    counted = " UNION ALL ".join(
        f"SELECT * FROM (SELECT 1 AS one FROM ticket t WHERE {' AND '.join(lead)} AND t.merged_into IS NULL"
        f" AND t.spam = :spam AND t.status IN ({_words(held.statuses)}) LIMIT {MOST_READ}) AS s{place}"
        for place, lead in enumerate(_lead(column, held.columns[column]))
    )
    return int(tx.value(f"SELECT count(*) FROM ({counted}) AS s", **held.values))


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)  # literals of a checked type, never free text
