"""What all customers come to: how many have which scores, what each tenth of them spent, who is new and who returns.

For a page and a spreadsheet; each looks at all values once, on a reader's connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from server.agents import AgentView, require
from server.customers import scale, segments
from server.customers.orders import money
from server.customers.rights import audit, stops
from server.customers.value import view
from server.customers.views import ValueView, View
from server.database import Transaction
from server.events import DeskChanged

MONTHS = 12
CHUNK = 2_000
COLUMNS = ("id", "name", "company", "rank", "recency", "frequency", "monetary", "decile", "orders", "spent", "average",
           "return_rate", "currency", "first_at", "last_at")  # fmt: skip


class Cell(View, frozen=True, kw_only=True):
    """How many customers have these two scores, and what they spent."""

    recency: int
    frequency: int
    customers: int
    spent: Decimal


class Decile(View, frozen=True, kw_only=True):
    """A tenth of the customers by what they spent, 1 the most; `share` of everything, 0 to 1."""

    decile: int
    customers: int
    spent: Decimal
    share: float


class Month(View, frozen=True, kw_only=True):
    """Who bought in a month: for the first time, or again. `month` is YYYY-MM in the desk's time zone."""

    month: str
    new: int
    returning: int


class Measured(View, frozen=True, kw_only=True):
    """The lines that customers are measured by now, ascending; amounts in units of the currency."""

    currency: str
    by: Literal["quantile", "bounds"]
    recency: list[datetime]
    frequency: list[int]
    spent: list[Decimal]
    deciles: list[Decimal]
    counted_at: datetime | None
    customers: int


class Overview(View, frozen=True, kw_only=True):
    """All customers with orders in the desk's currency; `never` is how many there are without any order."""

    at: datetime
    measured: Measured
    customers: int
    never: int
    spent: Decimal
    grid: list[Cell]
    deciles: list[Decile]
    months: list[Month]


def read(tx: Transaction, zone: ZoneInfo) -> Overview:
    """All customers at a glance: as they are now, or of so many as it was counted within the last hours."""
    row = tx.first("SELECT overview FROM customer_scale WHERE id = 1")
    if row is not None and row.overview:
        kept = msgspec.convert(row.overview, Overview)
        if kept.customers > scale.MANY:
            return kept
    return overview(tx, zone)


def keep(tx: Transaction, seen: Overview) -> None:
    """What was counted is shown from now on, if there are so many customers that it took long."""
    if seen.customers > scale.MANY:
        scale.keep_overview(tx, seen)


def overview(tx: Transaction, zone: ZoneInfo) -> Overview:
    """All customers at a glance, counted now by how they are measured now."""
    standing = scale.standing(tx)
    grid = _grouped(tx, standing, "recency", "frequency")
    tenths = _grouped(tx, standing, "decile") if standing.deciles else []
    total = sum(int(row.spent) for row in grid)
    return Overview(
        at=tx.now,
        measured=_measured(standing),
        customers=sum(row.customers for row in grid),
        never=tx.value(
            "SELECT count(*) FROM customer c LEFT JOIN customer_value v ON v.customer_id = c.id"
            " WHERE c.merged_into IS NULL AND v.customer_id IS NULL"
        ),
        spent=money.shown(total),
        grid=[
            Cell(
                recency=row.recency,
                frequency=row.frequency,
                customers=row.customers,
                spent=money.shown(int(row.spent)),
            )
            for row in grid
        ],
        deciles=[
            Decile(
                decile=row.decile,
                customers=row.customers,
                spent=money.shown(int(row.spent)),
                share=round(int(row.spent) / total, 4) if total else 0.0,
            )
            for row in tenths
        ],
        months=_months(tx, zone),
    )


def rows(tx: Transaction, after: int) -> list[tuple[Any, ...]]:
    """The next customers with orders by id, in the order of `COLUMNS`; none when there are no more."""
    standing = scale.standing(tx)
    found = tx.all(
        "SELECT v.*, c.name, c.company, c.member_rank FROM customer_value v JOIN customer c ON c.id = v.customer_id"
        f" WHERE v.customer_id > :after AND {stops.NOT_LISTED} ORDER BY v.customer_id LIMIT :many",
        after=after,
        many=CHUNK,
    )
    return [_row(row.customer_id, row.name, row.company, row.member_rank, view(row, standing)) for row in found]


def members(tx: Transaction, segment: int, after: int) -> list[tuple[Any, ...]]:
    """The next customers of a segment by id, in the order of `COLUMNS`; none when there are no more."""
    page = segments.page(tx, segment, limit=CHUNK, after=str(after))
    return [_row(each.id, each.name, each.company, each.member_rank, each.value) for each in page.items]


def _row(id: int, name: str, company: str, rank: str, value: ValueView | None) -> tuple[Any, ...]:
    measures = (getattr(value, column) if value is not None else None for column in COLUMNS[4:])
    return (id, name, company, rank, *measures)


def exported(tx: Transaction, agent: AgentView, segment: int | None = None) -> None:
    """Somebody takes the values of all customers, or of a segment's, away: that stands in the history."""
    require(agent, "lead")
    if segment is not None:
        segments.one(tx, segment)
    tx.record(DeskChanged(what="value_export", id=segment), by=agent.actor)
    audit.exported(tx, agent, "value" if segment is None else f"segment {segment}")


def _measured(standing: scale.Standing) -> Measured:
    kept = msgspec.structs.asdict(standing)
    return Measured(**kept | {name: [money.shown(each) for each in kept[name]] for name in ("spent", "deciles")})


def _grouped(tx: Transaction, standing: scale.Standing, *fields: str) -> list[Any]:
    values: dict[str, Any] = {}
    scores = [
        f"{segments.score_sql(each, standing, f's{place}', values)} AS {each}" for place, each in enumerate(fields)
    ]
    names = ", ".join(fields)
    return tx.all(
        f"SELECT {names}, count(*) AS customers, sum(spent) AS spent FROM (SELECT {', '.join(scores)}, v.spent"
        f" FROM customer_value v WHERE v.currency = :wanted) AS scored GROUP BY {names} ORDER BY {names}",
        wanted=standing.currency,
        **values,
    )


def _months(tx: Transaction, zone: ZoneInfo) -> list[Month]:
    """The last months, the present one last."""
    starts = list(_starts(tx.now, zone))[::-1]
    values: dict[str, Any] = {f"m{place}": start for place, start in enumerate(starts)}
    steps = " + ".join(f"CASE WHEN first_at >= :m{place} THEN 1 ELSE 0 END" for place in range(1, len(starts)))
    fresh = {
        row.month: row.customers
        for row in tx.all(
            f"SELECT {steps} AS month, count(*) AS customers FROM customer_value WHERE first_at >= :m0 GROUP BY 1",
            **values,
        )
    }
    # A stretch of one index for each month: together they would be sorted by customers.
    bought = [
        tx.value(
            "SELECT count(DISTINCT customer_id) FROM orders"
            " WHERE ordered_at >= :begin AND ordered_at < :end AND status <> 'cancelled'",
            begin=begin,
            end=end,
        )
        for begin, end in zip(starts, [*starts[1:], datetime(9999, 1, 1, tzinfo=UTC)], strict=True)
    ]
    return [
        Month(
            month=f"{start.astimezone(zone):%Y-%m}",
            new=fresh.get(place, 0),
            returning=max(bought[place] - fresh.get(place, 0), 0),
        )
        for place, start in enumerate(starts)
    ]


def _starts(now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    local = now.astimezone(zone)
    for back in range(MONTHS):
        year, month = divmod(local.year * 12 + local.month - 1 - back, 12)
        yield datetime(year, month + 1, 1, tzinfo=zone)
