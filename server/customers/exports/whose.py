"""Whom an export is of, as SQL over `c`: nobody who was merged, erased, or is not to be in lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.customers import segments
from server.customers.rights.stops import NOT_LISTED
from server.database import Transaction
from server.database.types import dump

FROM = "customer c LEFT JOIN customer_value v ON v.customer_id = c.id"


def where(tx: Transaction, ids: Sequence[int] | None, segment: int | None) -> tuple[str, dict[str, Any]]:
    """The condition and its parameters. Raises `NotFound` for a segment that is not there."""
    parts, values = [f"c.merged_into IS NULL AND {NOT_LISTED}"], dict[str, Any]()
    if segment is not None:
        condition, values = segments.condition(tx, segment)
        parts.append(condition)
    if ids is not None:
        parts.append(f"c.id IN {tx.numbers('ids')}")
        values["ids"] = dump(list(ids))
    return " AND ".join(parts), values
