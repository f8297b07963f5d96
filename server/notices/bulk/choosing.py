"""Whom a choice means: the next customers of a segment, or buyers of a product, after a place in the list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from server.customers import segments
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.language import fold
from server.notices.bulk.rows import Person, standing
from server.notices.bulk.views import BulkChoice

AT_ONCE = 50
"""Customers in one unit of work, so that an agent's answer never waits for many of them."""
LOOKED_THROUGH = 1000
"""Orders looked through in one unit of work, most of them of other articles."""
MOST_ARTICLES = 50
LIVING = ("placed", "confirmed", "preparing", "shipped", "delivered")
"""Orders that a choice without `statuses` means."""


class Some(NamedTuple):
    """The next people, and the place to go on after; `whole` at the end."""

    people: list[Person]
    position: int
    whole: bool


def check(tx: Transaction, choice: BulkChoice) -> dict[str, str]:
    """What is wrong with a choice, by field; a file's columns are looked at where the file is known."""
    problems: dict[str, str] = {}
    match choice.by:
        case "segment":
            if choice.segment is None:
                problems["choice.segment"] = "is missing"
            elif tx.value("SELECT 1 FROM customer_segment WHERE id = :id", id=choice.segment) is None:
                problems["choice.segment"] = "is not one of the choices"
        case "buyers":
            if not 1 <= len(articles(choice)) <= MOST_ARTICLES:
                problems["choice.product"] = "is missing" if not articles(choice) else "is too long"
            try:
                days = [date.fromisoformat(day) if day else None for day in (choice.since, choice.until)]
            except ValueError:
                problems["choice.since"] = "is not a day like 2026-12-31"
            else:
                if days[0] is not None and days[1] is not None and days[0] > days[1]:
                    problems["choice.until"] = "is before the beginning"
        case "file":
            if not any(choice.columns):
                problems["choice.columns"] = "No column says who is meant."
    return problems


def articles(choice: BulkChoice) -> list[str]:
    """The articles of a choice, each once."""
    return list(dict.fromkeys(line.strip() for line in choice.product.splitlines() if line.strip()))


def some(tx: Transaction, choice: BulkChoice, position: int, zone: ZoneInfo) -> Some:
    """The next people of a choice that is no file. Raises `Invalid` when its segment is gone."""
    if choice.by == "segment":
        return _of_segment(tx, choice.segment or 0, position)
    return _buyers(tx, choice, position, zone)


def _of_segment(tx: Transaction, segment: int, position: int) -> Some:
    """All of it, also those who are not to be in lists: they are counted as such, and not written to."""
    try:
        condition, values = segments.condition(tx, segment)
    except NotFound as error:
        raise Invalid("The segment is no longer there.") from error
    rows = tx.all(
        "SELECT c.id FROM customer c LEFT JOIN customer_value v ON v.customer_id = c.id WHERE c.merged_into IS NULL"
        f" AND c.erased_at IS NULL AND c.id > :last AND {condition} ORDER BY c.id LIMIT :most",
        **values,
        last=position,
        most=AT_ONCE,
    )
    return Some([Person(row.id, []) for row in rows], rows[-1].id if rows else position, len(rows) < AT_ONCE)


def _buyers(tx: Transaction, choice: BulkChoice, position: int, zone: ZoneInfo) -> Some:
    since, until = bounds(choice, zone)
    statuses = {f"s{place}": status for place, status in enumerate(choice.statuses or LIVING)}
    limits = {name: at for name, at in (("since", since), ("until", until)) if at is not None}
    rows = tx.all(
        "SELECT id, customer_id FROM orders WHERE id > :last AND customer_id IS NOT NULL AND revision >= 0"
        f" AND status IN ({', '.join(f':{name}' for name in statuses)})"
        f"{' AND ordered_at >= :since' if since else ''}{' AND ordered_at < :until' if until else ''}"
        " ORDER BY id LIMIT :most",
        **statuses,
        **limits,
        last=position,
        most=LOOKED_THROUGH,
    )
    wanted = meant(tx, choice)
    if not rows:
        return Some([], position, True)
    lines: dict[int, list[Any]] = {}
    for line in tx.all(
        f"SELECT order_id, sku, name FROM order_line WHERE order_id IN ({', '.join(str(int(row.id)) for row in rows)})"
    ):
        lines.setdefault(line.order_id, []).append(line)
    people: list[Person] = []
    for row in rows:
        position = row.id
        if wanted.bought(lines.get(row.id, [])):
            people.append(Person(standing(tx, row.customer_id), [row.id]))
            if len(people) == AT_ONCE:
                return Some(people, position, False)
    return Some(people, position, len(rows) < LOOKED_THROUGH)


class Articles(NamedTuple):
    """What is meant: articles by their SKU, others by a part of their name, folded."""

    skus: frozenset[str]
    names: tuple[str, ...]

    def bought(self, lines: Sequence[Any]) -> bool:
        """Whether one of the lines is of an article that is meant."""
        return any(
            line.sku in self.skus or (self.names and any(name in fold(line.name) for name in self.names))
            for line in lines
        )


def meant(tx: Transaction, choice: BulkChoice) -> Articles:
    """What somebody once bought under just this SKU is meant by it, and is no part of a name."""
    listed = articles(choice)
    skus = {
        each for each in listed if tx.value("SELECT 1 FROM order_line WHERE sku = :sku LIMIT 1", sku=each) is not None
    }
    return Articles(frozenset(skus), tuple(fold(each) for each in listed if each not in skus))


def bounds(choice: BulkChoice, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """From when until when orders count."""
    since = datetime.combine(date.fromisoformat(choice.since), time(), zone) if choice.since else None
    until = (
        datetime.combine(date.fromisoformat(choice.until) + timedelta(days=1), time(), zone) if choice.until else None
    )
    return since, until


def still_meant(choice: BulkChoice, status: str) -> bool:
    """Whether an order that is the reason is still one that was meant, as it stands now."""
    return choice.by != "buyers" or status in (choice.statuses or LIVING)
