"""Segments: customers of whom all of some typed conditions are true; counted, listed, and asked of one customer.

A condition is SQL with parameters either way, so that the count, the list and the pane can never disagree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import msgspec

from server.agents import AgentView, require
from server.customers import scale, value
from server.customers.orders import money
from server.customers.rights import stops
from server.customers.views import ValueView, View
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid, NotFound
from server.events import DeskChanged

Operator = Literal["at_least", "at_most", "is", "is_not"]
Priority = Literal["", "normal", "high", "urgent"]
TicketPriority = Literal["low", "normal", "high", "urgent"]
MOST_CONDITIONS = 20
RANKS: tuple[TicketPriority, ...] = ("low", "normal", "high", "urgent")


class Condition(View, frozen=True, kw_only=True):
    """One thing that must be true: a field of `FIELDS`, compared with a value of its kind."""

    field: str
    op: Operator
    value: bool | float | str


class SegmentDraft(View, frozen=True, kw_only=True):
    """A segment as it is decided. `priority` is what new tickets of its customers have at least."""

    name: str
    conditions: list[Condition]
    priority: Priority = ""


class SegmentView(SegmentDraft, frozen=True, kw_only=True):
    """A segment, and how many customers are in it."""

    id: int
    customers: int | None = None


class Member(View, frozen=True, kw_only=True):
    """A customer of a segment; `value` is None for one who never bought."""

    id: int
    name: str
    kana: str
    company: str
    member_rank: str
    value: ValueView | None


class SegmentPage(View, frozen=True, kw_only=True):
    """Customers of a segment by id; `next` is the cursor of the following page."""

    items: list[Member]
    next: str | None


class Kind(NamedTuple):
    """What a field is: a number, a word or yes/no, and its SQL where it has one of its own."""

    kind: Literal["number", "word", "yes"]
    sql: str = ""
    unit: int = 1


FIELDS: dict[str, Kind] = {
    "recency": Kind("number"),
    "frequency": Kind("number"),
    "monetary": Kind("number"),
    "decile": Kind("number"),
    "orders": Kind("number", "COALESCE(v.orders, 0)"),
    "spent": Kind("number", "COALESCE(v.spent, 0)", money.UNIT),
    "average": Kind("number", "v.spent * 1.0 / v.orders", money.UNIT),
    "return_rate": Kind("number", "v.returns * 1.0 / v.orders"),
    "days_since_first": Kind("number", "v.first_at"),
    "days_since_last": Kind("number", "v.last_at"),
    "rank": Kind("word", "c.member_rank"),
    "tag": Kind("word"),
    "language": Kind("word", "COALESCE(c.language, '')"),
    "company": Kind("word", "c.company"),
    "sku": Kind("word"),
    "vip": Kind("yes", "c.vip"),
    "opted_out": Kind("yes", "c.opted_out"),
    "bought": Kind("yes", "(v.customer_id IS NOT NULL)"),
}
_SIGNS = {"at_least": ">=", "at_most": "<=", "is": "=", "is_not": "<>"}
_WORTH = ("currency", "orders", "spent", "returned", "returns", "first_at", "last_at")
_FROM = (
    "FROM customer c LEFT JOIN customer_value v ON v.customer_id = c.id"
    f" WHERE c.merged_into IS NULL AND {stops.NOT_LISTED}"
)


def all(tx: Transaction, *, counted: bool = True) -> list[SegmentView]:
    """Every segment by name; with how many customers are in it, which looks at all of them."""
    found = [_view(row) for row in tx.all("SELECT * FROM customer_segment ORDER BY name, id")]
    if not counted or not found:
        return found
    counts = _counts(tx, found, scale.standing(tx))
    return [msgspec.structs.replace(each, customers=many) for each, many in zip(found, counts, strict=True)]


def preview(tx: Transaction, conditions: Sequence[Condition]) -> int:
    """How many customers conditions would be true of. Raises `Invalid`."""
    _check_conditions(conditions)
    return _counts(tx, [SegmentDraft(name="", conditions=list(conditions))], scale.standing(tx))[0]


def page(tx: Transaction, id: int, *, limit: int = 100, after: str | None = None) -> SegmentPage:
    """The customers of a segment. Raises `NotFound`."""
    return members(tx, _one(tx, id).conditions, limit=limit, after=after)


def members(
    tx: Transaction, conditions: Sequence[Condition], *, limit: int = 100, after: str | None = None
) -> SegmentPage:
    """The customers of whom conditions are true, by id. Raises `Invalid`."""
    _check_conditions(conditions)
    standing = scale.standing(tx)
    where, values = _where(conditions, standing, tx)
    last = int(after) if after and after.isdecimal() and len(after) < 18 else 0
    rows = tx.all(
        f"SELECT c.id, c.name, c.kana, c.company, c.member_rank, v.customer_id, {', '.join(f'v.{n}' for n in _WORTH)}"
        f" {_FROM} AND {where} AND c.id > :last ORDER BY c.id LIMIT :limit",
        **values,
        last=last,
        limit=limit + 1,
    )
    items = [
        Member(
            id=row.id,
            name=row.name,
            kana=row.kana,
            company=row.company,
            member_rank=row.member_rank,
            value=value.view(row, standing) if row.customer_id is not None else None,
        )
        for row in rows[:limit]
    ]
    return SegmentPage(items=items, next=str(items[-1].id) if len(rows) > limit else None)


def one(tx: Transaction, id: int) -> SegmentView:
    """A segment, and how many customers are in it. Raises `NotFound`."""
    found = _one(tx, id)
    return msgspec.structs.replace(found, customers=_counts(tx, [found], scale.standing(tx))[0])


def condition(tx: Transaction, id: int) -> tuple[str, dict[str, Any]]:
    """A segment as SQL over `c` (customer) and `v` (its value), with the parameters. Raises `NotFound`."""
    return _where(_one(tx, id).conditions, scale.standing(tx), tx)


def of(tx: Transaction, customer_id: int) -> list[SegmentView]:
    """The segments that a customer is in, by name."""
    return _among(tx, customer_id, all(tx, counted=False))


def raised(tx: Transaction, customer_id: int, priority: TicketPriority) -> TicketPriority:
    """A new ticket's priority: the given one, or a higher one that a segment of its customer's asks for."""
    rows = tx.all("SELECT * FROM customer_segment WHERE priority <> ''")
    if not rows:
        return priority
    found = _among(tx, customer_id, [_view(row) for row in rows])
    return max((priority, *(each.priority for each in found if each.priority)), key=RANKS.index)


def add(tx: Transaction, agent: AgentView, draft: SegmentDraft) -> SegmentView:
    """Make a segment. Raises `Invalid`."""
    require(agent, "lead")
    _check(tx, draft, 0)
    id = tx.insert("customer_segment", **_columns(draft), created_at=tx.now)
    return _told(tx, agent, id)


def change(tx: Transaction, agent: AgentView, id: int, draft: SegmentDraft) -> SegmentView:
    """Other conditions, name or priority. Raises `NotFound` or `Invalid`."""
    require(agent, "lead")
    _one(tx, id)
    _check(tx, draft, id)
    tx.run(
        "UPDATE customer_segment SET name = :name, conditions = :conditions, priority = :priority WHERE id = :id",
        **_columns(draft),
        id=id,
    )
    return _told(tx, agent, id)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Take a segment away; its customers stay as they are. Raises `NotFound`."""
    require(agent, "lead")
    _one(tx, id)
    tx.run("DELETE FROM customer_segment WHERE id = :id", id=id)
    tx.record(DeskChanged(what="segment", id=id), by=agent.actor)


# ------------------------------------------------------------------------------------------------ conditions as SQL


def _where(
    conditions: Sequence[Condition], lines: scale.Standing, tx: Transaction, prefix: str = ""
) -> tuple[str, dict[str, Any]]:
    """All conditions as SQL over `c` (customer) and `v` (its value), with their parameters, which begin so."""
    values: dict[str, Any] = {}
    parts = []
    for place, condition in enumerate(conditions):
        name, kind, sign = f"{prefix}p{place}", FIELDS[condition.field], _SIGNS[condition.op]
        given: Any = condition.value
        if condition.field in ("recency", "frequency", "monetary", "decile"):
            parts.append(f"{score_sql(condition.field, lines, name, values)} {sign} :{name}")
        elif condition.field in ("days_since_first", "days_since_last"):
            since = {">=": "<=", "<=": ">="}[sign]
            parts.append(f"{kind.sql} {since} :{name}")
            given = tx.now - timedelta(days=float(given))
        elif condition.field == "tag":
            never = "NOT " if sign == "<>" else ""
            parts.append(f"CAST(c.tags AS TEXT) {never}LIKE :{name} ESCAPE '!'")
            given = "%" + re.sub(r"([!%_])", r"!\1", dump(str(given))) + "%"
        elif condition.field == "sku":
            never = "NOT " if sign == "<>" else ""
            parts.append(
                f"{never}EXISTS (SELECT 1 FROM orders o JOIN order_line l ON l.order_id = o.id"
                f" WHERE o.customer_id = c.id AND o.status <> 'cancelled' AND l.sku = :{name})"
            )
        elif kind.kind == "yes":
            parts.append(f"{kind.sql} {sign} :{name}")
            given = bool(given)
        else:
            parts.append(f"{kind.sql} {sign} :{name}")
            given = float(given) * kind.unit if kind.kind == "number" else given
        values[name] = given
    return " AND ".join(parts) or "1 = 1", values


def score_sql(field: str, lines: scale.Standing, name: str, values: dict[str, Any]) -> str:
    """A score as SQL; unknown (NULL) for customers who are not compared."""
    column = {"recency": "last_at", "frequency": "orders"}.get(field, "spent")
    passed: Sequence[Any] = lines.deciles if field == "decile" else getattr(lines, _LINES[field])
    terms = []
    for step, line in enumerate(passed):
        values[f"{name}_{step}"] = line
        terms.append(f"CASE WHEN v.{column} > :{name}_{step} THEN 1 ELSE 0 END")
    values[f"{name}_c"] = lines.currency
    total = " + ".join(terms)
    known = f"10 - ({total})" if field == "decile" and terms else f"1 + {total}" if terms else "NULL"
    return f"(CASE WHEN v.currency = :{name}_c THEN {known} END)"


_LINES = {"recency": "recency", "frequency": "frequency", "monetary": "spent"}


def _counts(tx: Transaction, segments: Sequence[SegmentDraft], lines: scale.Standing) -> list[int]:
    """How many customers are in each, by one look at all of them."""
    values: dict[str, Any] = {}
    sums = []
    for place, segment in enumerate(segments):
        where, own = _where(segment.conditions, lines, tx, f"s{place}")
        values |= own
        sums.append(f"COALESCE(sum(CASE WHEN {where} THEN 1 ELSE 0 END), 0) AS n{place}")
    row = tx.one(f"SELECT {', '.join(sums)} {_FROM}", **values)
    return [int(getattr(row, f"n{place}")) for place in range(len(segments))]


def _among(tx: Transaction, customer_id: int, segments: list[SegmentView]) -> list[SegmentView]:
    if not segments:
        return []
    lines = scale.standing(tx)
    found = []
    for each in segments:
        where, values = _where(each.conditions, lines, tx)
        if tx.value(f"SELECT 1 {_FROM} AND c.id = :customer AND {where}", customer=customer_id, **values):
            found.append(each)
    return found


# ------------------------------------------------------------------------------------------------ rows


def _check(tx: Transaction, draft: SegmentDraft, id: int) -> None:
    if not draft.name.strip():
        raise Invalid(fields={"name": "is missing"})
    if tx.value("SELECT 1 FROM customer_segment WHERE name = :name AND id <> :id", name=draft.name.strip(), id=id):
        raise Invalid(fields={"name": "is taken"})
    _check_conditions(draft.conditions)


def _check_conditions(conditions: Sequence[Condition]) -> None:
    if not 0 < len(conditions) <= MOST_CONDITIONS:
        raise Invalid(fields={"conditions": "must be 1 to 20"})
    problems = {}
    for place, condition in enumerate(conditions):
        if problem := _problem(condition):
            problems[f"conditions[{place}]"] = problem
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)


def _problem(condition: Condition) -> str:
    kind = FIELDS.get(condition.field)
    if kind is None:
        return "is no field of a customer"
    given = condition.value
    if kind.kind == "yes":
        return "" if isinstance(given, bool) and condition.op == "is" else "must be true or false"
    if kind.kind == "word":
        fits = isinstance(given, str) and len(given) <= 200 and condition.op in ("is", "is_not")
        return "" if fits else "must be a text"
    if isinstance(given, bool | str) or not 0 <= given <= 1e12:
        return "must be a number"
    if condition.field.startswith("days_") and (condition.op not in ("at_least", "at_most") or given > 100_000):
        return "must be at least or at most some days"
    return ""


def _columns(draft: SegmentDraft) -> dict[str, Any]:
    return {"name": draft.name.strip(), "conditions": dump(draft.conditions), "priority": draft.priority}


def _one(tx: Transaction, id: int) -> SegmentView:
    row = tx.first("SELECT * FROM customer_segment WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no such segment.")
    return _view(row)


def _told(tx: Transaction, agent: AgentView, id: int) -> SegmentView:
    tx.record(DeskChanged(what="segment", id=id), by=agent.actor)
    return one(tx, id)


def _view(row: Any) -> SegmentView:
    return SegmentView(
        id=row.id,
        name=row.name,
        conditions=msgspec.convert(row.conditions, list[Condition]),
        priority=row.priority,
    )
