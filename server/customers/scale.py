"""How customers are measured against each other: RFM scores of 1 to 5, and deciles of what they spent.

What is counted is only where the lines between the scores lie. A customer's scores follow from their own row of
`customer_value` and those lines when somebody looks, so an order changes one row, and time passing none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.agents import AgentView, require
from server.customers.orders import money
from server.customers.views import View
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged

FEW = 50
"""Fewer customers than this are measured by the bounds: a fifth of them would say nothing."""
MANY = 20_000
"""More customers than this are only counted beside the work, every hour: looking at all of them takes seconds."""

Whole = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Bounds = Annotated[list[Whole], Meta(min_length=4, max_length=4)]


class ScaleSettings(View, frozen=True, kw_only=True):
    """What was decided. `recency_days` are the most days for a 5, 4, 3 and 2; `orders` and `spent` (in units of the
    currency) the least for a 2, 3, 4 and 5."""

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "JPY"
    by: Literal["quantile", "bounds"] = "quantile"
    recency_days: Bounds = msgspec.field(default_factory=lambda: [30, 90, 180, 365])
    orders: Bounds = msgspec.field(default_factory=lambda: [2, 3, 5, 10])
    spent: Bounds = msgspec.field(default_factory=lambda: [5_000, 10_000, 30_000, 100_000])


class Counted(View, frozen=True, kw_only=True):
    """Where a fifth of the customers ends, each time, and a tenth; a score is one more than the lines passed."""

    at: datetime
    currency: str
    customers: int
    recency: list[datetime] = []
    frequency: list[int] = []
    spent: list[int] = []
    deciles: list[int] = []


class Standing(View, frozen=True, kw_only=True):
    """The lines that hold now, ascending: whoever is above one has passed it. No deciles until they are counted."""

    currency: str
    by: Literal["quantile", "bounds"]
    recency: list[datetime]
    frequency: list[int]
    spent: list[int]
    deciles: list[int]
    counted_at: datetime | None
    customers: int


def score(value: Any, lines: Sequence[Any]) -> int:
    """One more than the lines that a value is above."""
    return 1 + sum(1 for line in lines if line < value)


def settings(tx: Transaction) -> ScaleSettings:
    """What was decided, or the defaults."""
    row = tx.first("SELECT settings FROM customer_scale WHERE id = 1")
    return msgspec.convert(row.settings, ScaleSettings) if row is not None and row.settings else ScaleSettings()


def standing(tx: Transaction) -> Standing:
    """The lines between the scores as they hold now."""
    row = tx.first("SELECT settings, counted FROM customer_scale WHERE id = 1")
    chosen = msgspec.convert(row.settings, ScaleSettings) if row is not None and row.settings else ScaleSettings()
    counted = msgspec.convert(row.counted, Counted) if row is not None and row.counted else None
    if counted is not None and counted.currency != chosen.currency:
        counted = None
    if counted is not None and chosen.by == "quantile" and counted.customers >= FEW:
        by, recency, frequency, spent = "quantile", counted.recency, counted.frequency, counted.spent
    else:
        by = "bounds"
        recency = [tx.now - timedelta(days=days) for days in reversed(chosen.recency_days)]
        frequency = [least - 1 for least in chosen.orders]
        spent = [least * money.UNIT - 1 for least in chosen.spent]
    return Standing(
        currency=chosen.currency,
        by="quantile" if by == "quantile" else "bounds",
        recency=recency,
        frequency=frequency,
        spent=spent,
        deciles=counted.deciles if counted is not None else [],
        counted_at=counted.at if counted is not None else None,
        customers=counted.customers if counted is not None else 0,
    )


def decide(tx: Transaction, agent: AgentView, wanted: ScaleSettings) -> Standing:
    """Decide how customers are measured, and measure them, unless they are so many that everybody would wait: then
    within the hour. Raises `Invalid` for bounds that do not ascend."""
    require(agent, "lead")
    problems = {
        name: "must ascend"
        for name in ("recency_days", "orders", "spent")
        if sorted(set(getattr(wanted, name))) != getattr(wanted, name)
    }
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    _keep(tx, "settings", dump(wanted))
    if not tx.value(f"SELECT 1 FROM customer_value LIMIT 1 OFFSET {MANY}"):
        keep(tx, count(tx))
    tx.record(DeskChanged(what="customer_scale"), by=agent.actor)
    return standing(tx)


def count(tx: Transaction) -> Counted:
    """Where the lines lie by now: a few ordered looks at all customers' values. Reads only."""
    currency = settings(tx).currency
    many = int(tx.value("SELECT count(*) FROM customer_value WHERE currency = :currency", currency=currency))
    if not many:
        return Counted(at=tx.now, currency=currency, customers=0)
    spent = _lines(tx, "spent", currency, many, 10)
    return Counted(
        at=tx.now,
        currency=currency,
        customers=many,
        recency=_lines(tx, "last_at", currency, many, 5),
        frequency=_lines(tx, "orders", currency, many, 5),
        spent=spent[1::2],
        deciles=spent,
    )


def keep(tx: Transaction, counted: Counted) -> None:
    """What was counted holds from now on."""
    _keep(tx, "counted", dump(counted))


def _lines(tx: Transaction, column: str, currency: str, many: int, parts: int) -> list[Any]:
    """The last value of each part but the last one, ascending."""
    wanted = ", ".join(str(-(-many * part // parts)) for part in range(1, parts))
    rows = tx.all(
        f"SELECT place, {column} AS line FROM (SELECT {column}, row_number() OVER (ORDER BY {column}) AS place"
        f" FROM customer_value WHERE currency = :currency) AS sorted WHERE place IN ({wanted}) ORDER BY place",
        currency=currency,
    )
    by_place = {row.place: row.line for row in rows}
    return [by_place[-(-many * part // parts)] for part in range(1, parts)]


def keep_overview(tx: Transaction, seen: View) -> None:
    """What all customers came to at this time, for those who look at it later."""
    _keep(tx, "overview", dump(seen))


def _keep(tx: Transaction, column: str, value: str) -> None:
    others = [name for name in ("settings", "counted", "overview") if name != column]
    tx.run(
        f"INSERT INTO customer_scale (id, {column}, {', '.join(others)}) VALUES (1, :value, :none, :none)"
        f" ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}",
        value=value,
        none=dump({}),
    )
