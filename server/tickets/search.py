"""Searching tickets: by number, by who and what they are about, and by what was said on them.

Results come in three tiers: the ticket whose number was typed; tickets whose subject, customer or contacts hold every
word; tickets with a message that brings the words the ticket itself has not. Within a tier the newest come first. So
a tier is a walk down an index, which ends when the page is full, however many messages a word stands in; and a
cursor is a tier and a place in it. A ticket is shown once, at its newest message that matches.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from server import language
from server.agents import AgentView
from server.database import Transaction
from server.database.engine import Dialect
from server.errors import Invalid
from server.language import Phrase
from server.tickets import queries
from server.tickets.entries import describe, filenames, texts
from server.tickets.filters import TicketFilter, conditions
from server.tickets.life import STATUSES
from server.tickets.rows import several
from server.tickets.snippets import snippet
from server.tickets.views import SearchHit, SearchPage

MOST_HITS = 100
MOST_LOOKED_AT = 10_000
"""Entries that one page looks through before it ends early, with a cursor to go on from."""
MOST_PAIRS = 1000
FIRST_WINDOW = 20_000
NEWEST = 1 << 62

_NUMBER = re.compile(r"\[?(?:#|no\.?\s*)?([0-9]{1,15})\]?")
_CURSOR = re.compile(r"([ab])([0-9]{1,19})")

SCAN: dict[tuple[Dialect, str], str] = {
    ("sqlite", "a"): "SELECT s.rowid AS id, s.rowid AS number FROM search_ticket s"
    " WHERE search_ticket MATCH :match AND s.rowid < :before AND s.rowid >= :floor ORDER BY s.rowid DESC LIMIT :most",
    ("sqlite", "b"): "SELECT s.rowid AS id, m.ticket_number AS number"
    " FROM search_message s CROSS JOIN message m ON m.id = s.rowid"
    " WHERE search_message MATCH :match AND s.rowid < :before AND s.rowid >= :floor ORDER BY s.rowid DESC LIMIT :most",
    ("postgresql", "a"): "SELECT s.id, s.id AS number FROM search_ticket s"
    " WHERE {where} AND s.id < :before AND s.id >= :floor ORDER BY {order} DESC LIMIT :most",
    ("postgresql", "b"): "SELECT f.id, m.ticket_number AS number FROM (SELECT s.id FROM search_message s"
    " WHERE {where} AND s.id < :before AND s.id >= :floor ORDER BY {order} DESC LIMIT :most) AS f"
    " JOIN message m ON m.id = f.id ORDER BY f.id DESC",
}
OF_TICKETS: dict[Dialect, str] = {
    "sqlite": SCAN["sqlite", "b"],
    "postgresql": "SELECT s.id, m.ticket_number AS number FROM message m JOIN search_message s ON s.id = m.id"
    " WHERE m.ticket_number = ANY(:numbers) AND {where} AND s.id < :before AND s.id >= :floor"
    " ORDER BY s.id DESC LIMIT :most",
}
TOP = {
    "a": "SELECT number FROM ticket ORDER BY number DESC LIMIT 1",
    "b": "SELECT id FROM message ORDER BY id DESC LIMIT 1",
}


Asked = tuple[str, dict[str, Any]]
"""A condition in SQL, and its values."""


@dataclass(slots=True)
class Candidate:
    """A ticket for the page, and the message it was found by."""

    number: int
    message: int | None = None


@dataclass(slots=True)
class Walk:
    """A page in the making. `place` is where the next one begins."""

    limit: int
    found: list[Candidate] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    looked_at: int = 0
    place: str | None = None

    @property
    def full(self) -> bool:
        """Whether the page ends here."""
        return len(self.found) >= self.limit or self.looked_at >= MOST_LOOKED_AT


def search(
    tx: Transaction,
    agent: AgentView,
    query: str,
    *,
    limit: int = 20,
    after: str | None = None,
    filter: TicketFilter | None = None,
) -> SearchPage:
    """Tickets found by all words of the query, best first; spam only when the filter asks for it (`view="spam"`).

    A page can be shorter than `limit` and yet have a `next`. Raises `Invalid` for a cursor that is none.
    """
    wanted = language.phrases(query)
    tier, before = _parse(after)
    number = _typed_number(query)
    walk = Walk(max(1, min(limit, MOST_HITS)), seen={number} if number is not None else set())
    if after is None and number is not None and tx.value("SELECT 1 FROM ticket WHERE number = :number", number=number):
        walk.found.append(Candidate(number))
    if wanted:
        if tx.dialect == "postgresql":
            tx.run("SET LOCAL plan_cache_mode = force_custom_plan")  # how common a word is decides the plan
        index = Index(tx, wanted, spam=filter is not None and filter.view == "spam")
        where = _where(tx, agent, filter or TicketFilter())
        if tier == "a":
            _walk_down(tx, walk, index, where, "a", before)
            before = NEWEST
        if walk.place is None:
            _walk_down(tx, walk, index, where, "b", before)
        _find_messages(tx, index, walk.found)
    return SearchPage(items=_hits(tx, agent, walk.found, wanted), next=walk.place)


def _parse(after: str | None) -> tuple[str, int]:
    if not after:
        return "a", NEWEST
    match = _CURSOR.fullmatch(after)
    if match is None:
        raise Invalid(fields={"after": "not a cursor of this list"})
    return match[1], min(int(match[2]), NEWEST)


def _typed_number(query: str) -> int | None:
    match = _NUMBER.fullmatch(language.fold(query).strip())
    return int(match[1]) if match else None


# ------------------------------------------------------------------------------------------------ the index asked


class Index:
    """A query in the words of a database's index."""

    def __init__(self, tx: Transaction, wanted: list[Phrase], *, spam: bool = False) -> None:
        self.dialect: Dialect = tx.dialect
        if tx.dialect == "sqlite":
            self.phrases = [_fts5(phrase, _pairs(tx, phrase)) for phrase in wanted]
        else:
            self.phrases = [_tsquery(phrase) for phrase in wanted]
        self.spam = spam

    def tier(self, tier: str) -> Asked:
        """The condition for tickets (a), or for messages that bring what their ticket has not (b)."""
        return self._sqlite(tier) if self.dialect == "sqlite" else self._postgresql(tier)

    def said(self) -> Asked:
        """The condition for messages that have every phrase in their own text."""
        if self.dialect == "sqlite":
            return "", {"match": f"{{body}} : ({' AND '.join(self.phrases)})"}
        return "s.body @@ CAST(:said AS tsquery)", {"said": " & ".join(self.phrases)}

    def of_tickets(self, numbers: Collection[int], asked: Asked) -> Asked:
        """A condition narrowed to the messages of some tickets."""
        condition, values = asked
        if self.dialect == "sqlite":
            marks = " OR ".join(f'"_n{number}"' for number in numbers)
            return condition, {"match": f"({{head}} : ({marks})) AND ({values['match']})"}
        return condition, {**values, "numbers": list(numbers)}

    def _sqlite(self, tier: str) -> Asked:
        every = " AND ".join(self.phrases)
        if tier == "a":
            match = f"({every})"
            return "", {"match": f'{match} AND "_spam"' if self.spam else f'{match} NOT "_spam"'}
        match = f"({every})" if len(self.phrases) > 1 else f"({{body}} : ({every}))"
        match += f" NOT ({{head}} : ({every}))"
        return "", {
            "match": f'({match}) AND ({{head}} : "_spam")' if self.spam else f'({match}) NOT ({{head}} : "_spam")'
        }

    def _postgresql(self, tier: str) -> Asked:
        every = " & ".join(self.phrases)
        if tier == "a":
            spam = "'_spam'" if self.spam else "!'_spam'"
            return "s.words @@ CAST(:every AS tsquery)", {"every": f"{every} & {spam}"}
        values: dict[str, Any] = {"every": every}
        if len(self.phrases) == 1:
            said = "s.body @@ CAST(:every AS tsquery)"
        else:
            values |= {f"p{place}": phrase for place, phrase in enumerate(self.phrases)}
            said = " AND ".join(
                f"(s.head @@ CAST(:p{place} AS tsquery) OR s.body @@ CAST(:p{place} AS tsquery))"
                for place in range(len(self.phrases))
            )
        # NOT outside the tsquery: inside, the planner would want to ask the index for everything else.
        no = "" if self.spam else "NOT "
        return f"{said} AND NOT s.head @@ CAST(:every AS tsquery) AND {no}s.head @@ CAST('_spam' AS tsquery)", values


def _pairs(tx: Transaction, phrase: Phrase) -> list[str]:
    """What the last character of a phrase is the beginning of; nothing when that is too much to name."""
    last = phrase.tokens[-1]
    if not phrase.prefix or not language.is_cjk(last):
        return []
    rows = tx.all(
        "SELECT pair FROM search_pair WHERE pair > :last AND pair < :beyond LIMIT :most",
        last=last,
        beyond=last[:-1] + chr(ord(last[-1]) + 1),
        most=MOST_PAIRS + 1,
    )
    return [last, *(row.pair for row in rows)] if len(rows) <= MOST_PAIRS else []


def _fts5(phrase: Phrase, pairs: list[str]) -> str:
    """Tokens hold letters, digits and `_` only, so the quotes are safe."""
    if pairs:
        return "(" + " OR ".join('"' + " ".join([*phrase.tokens[:-1], pair]) + '"' for pair in pairs) + ")"
    text = '"' + " ".join(phrase.tokens) + '"' + (" *" if phrase.prefix else "")
    return f'({text} OR "{phrase.phone}")' if phrase.phone else text


def _tsquery(phrase: Phrase) -> str:
    text = " <-> ".join(f"'{token}'" for token in phrase.tokens) + (":*" if phrase.prefix else "")
    return f"(({text}) | '{phrase.phone}')" if phrase.phone else f"({text})"


# ------------------------------------------------------------------------------------------------ the walk


def _walk_down(tx: Transaction, walk: Walk, index: Index, where: Asked, tier: str, before: int) -> None:
    """Take from a tier what the filter lets through, newest first, until the page is full or the tier done."""
    begin = before
    for rows in _stretches(tx, index, tier, before, walk.limit + 1):
        numbers = {row.number for row in rows} - walk.seen
        if numbers and tier == "b" and begin < NEWEST:
            numbers -= _shown_before(tx, index, numbers, begin)
        allowed = _allowed(tx, numbers, where)
        for row in rows:
            if walk.full:
                walk.place = f"{tier}{before}"
                return
            walk.looked_at += 1
            before = row.id
            if row.number in allowed and row.number not in walk.seen:
                walk.seen.add(row.number)
                walk.found.append(Candidate(row.number, row.id if tier == "b" else None))
    if walk.full and tier == "a":
        walk.place = f"b{NEWEST}"


def _stretches(tx: Transaction, index: Index, tier: str, before: int, most: int) -> Iterator[list[Any]]:
    """The entries of a tier below a place, newest first, in growing stretches.

    SQLite walks its index downwards and stops by itself. PostgreSQL has no such index: among the newest entries its
    planner may look at one after the other (a common word is soon found); all older ones it gathers by the GIN index,
    which the order by an expression makes it do, so that a word of long ago is no walk through everything since.
    """
    condition, values = index.tier(tier)
    order = "s.id"
    floor = 0
    if tx.dialect == "postgresql":
        before = min(before, (tx.value(TOP[tier]) or 0) + 1)
        floor = max(before - FIRST_WINDOW, 0)
    while True:
        sql = SCAN[tx.dialect, tier].format(where=condition, order=order)
        rows = tx.all(sql, **values, before=before, floor=floor, most=most)
        if rows:
            yield rows
        if len(rows) == most:
            before = rows[-1].id
            most = min(most * 4, 1000)
        elif floor == 0:
            return
        else:
            before, floor, order = floor, 0, "s.id + 0"


def _shown_before(tx: Transaction, index: Index, numbers: set[int], since: int) -> set[int]:
    """Which tickets an earlier page showed: those with a newer message that matches too."""
    condition, values = index.of_tickets(numbers, index.tier("b"))
    sql = OF_TICKETS[tx.dialect].format(where=condition)
    return {row.number for row in tx.all(sql, **values, before=NEWEST, floor=since, most=100_000)}


def _where(tx: Transaction, agent: AgentView, wanted: TicketFilter) -> Asked:
    held = conditions(tx, agent, wanted)
    where = list(held.where)
    if set(held.statuses) != set(STATUSES):
        where.append("t.status IN (" + (", ".join(f"'{status}'" for status in held.statuses) or "NULL") + ")")
    return " AND ".join(where), held.values


def _allowed(tx: Transaction, numbers: set[int], where: Asked) -> set[int]:
    if not numbers:
        return set()
    condition, values = where
    only = " NOT INDEXED" if tx.dialect == "sqlite" else ""  # by number, not by the many that are no spam
    sql = f"SELECT t.number FROM ticket t{only} WHERE t.number IN ({several(numbers)}) AND {condition}"
    return {row.number for row in tx.all(sql, **values)}


# ------------------------------------------------------------------------------------------------ what is shown


def _find_messages(tx: Transaction, index: Index, found: list[Candidate]) -> None:
    """For tickets found by themselves: their newest message that matches as well, if there is one."""
    alone = {candidate.number: candidate for candidate in found if candidate.message is None}
    if not alone:
        return
    condition, values = index.of_tickets(alone, index.said())
    sql = OF_TICKETS[tx.dialect].format(where=condition)
    for row in tx.all(sql, **values, before=NEWEST, floor=0, most=1000):
        candidate = alone.get(row.number)
        if candidate is not None and candidate.message is None:
            candidate.message = row.id


def _hits(tx: Transaction, agent: AgentView, found: list[Candidate], wanted: list[Phrase]) -> list[SearchHit]:
    rows = {row.number: row for row in queries.some(tx, agent, [candidate.number for candidate in found])}
    ids = [candidate.message for candidate in found if candidate.message is not None]
    messages = {
        row.id: row
        for row in tx.all(f"SELECT id, seq, subject, text, withdrawn_at FROM message WHERE id IN ({several(ids)})")
    }
    names = filenames(tx, ids) if ids else {}
    heads = describe(tx, [candidate.number for candidate in found if candidate.message is None])
    hits = []
    for candidate in found:
        ticket = rows.get(candidate.number)
        if ticket is None:
            continue
        message = messages.get(candidate.message) if candidate.message is not None else None
        parts = texts(message, ticket.subject, names) if message else heads[candidate.number].texts
        text, marks = snippet(parts, wanted)
        hits.append(
            SearchHit(
                ticket=ticket,
                message=message.id if message else None,
                seq=message.seq if message else None,
                snippet=text,
                highlights=marks,
            )
        )
    return hits
