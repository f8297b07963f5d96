"""What a customer is worth so far: kept with every order that changes, from that customer's orders alone."""

from __future__ import annotations

from typing import Any

from server.customers import scale
from server.customers.orders import money
from server.customers.views import ValueView
from server.database import Transaction

_NAMES = ("currency", "orders", "spent", "returned", "returns", "first_at", "last_at")
_REFRESH = f"""INSERT INTO customer_value (customer_id, {", ".join(_NAMES)})
WITH counted AS (SELECT currency, total, refunded, ordered_at FROM orders
    WHERE customer_id = :id AND revision >= 0 AND status <> 'cancelled'),
sums AS (SELECT currency, count(*) AS orders, sum(total - refunded) AS spent FROM counted
    GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1),
back AS (SELECT count(DISTINCT r.order_id) AS returns, COALESCE(sum(r.amount), 0) AS returned
    FROM orders o JOIN goods_return r ON r.order_id = o.id
    WHERE o.customer_id = :id AND o.currency = (SELECT currency FROM sums) AND r.status IN ('received', 'refunded'))
SELECT :id, sums.currency, sums.orders, sums.spent, back.returned, back.returns,
    (SELECT min(ordered_at) FROM counted), (SELECT max(ordered_at) FROM counted)
FROM sums CROSS JOIN back WHERE true
ON CONFLICT (customer_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NAMES)}
"""


def refresh(tx: Transaction, customer_id: int) -> None:
    """Count a customer's orders anew."""
    if not tx.run(_REFRESH, id=customer_id):
        tx.run("DELETE FROM customer_value WHERE customer_id = :id", id=customer_id)


def of(tx: Transaction, customer_id: int) -> ValueView | None:
    """What a customer bought so far; None for one without orders."""
    row = tx.first("SELECT * FROM customer_value WHERE customer_id = :id", id=customer_id)
    return view(row, scale.standing(tx)) if row is not None else None


def view(row: Any, standing: scale.Standing) -> ValueView:
    """From a row of `customer_value`, and how customers are measured now."""
    compared = row.currency == standing.currency
    return ValueView(
        recency=scale.score(row.last_at, standing.recency) if compared else None,
        frequency=scale.score(row.orders, standing.frequency) if compared else None,
        monetary=scale.score(row.spent, standing.spent) if compared else None,
        decile=11 - scale.score(row.spent, standing.deciles) if compared and standing.deciles else None,
        currency=row.currency,
        orders=row.orders,
        spent=money.shown(row.spent),
        average=money.shown(row.spent // row.orders) if row.orders else money.shown(0),
        returned=money.shown(row.returned),
        return_rate=round(row.returns / row.orders, 4) if row.orders else 0.0,
        first_at=row.first_at,
        last_at=row.last_at,
    )
