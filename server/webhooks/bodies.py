"""What a webhook's message says: `type`, `timestamp` and `data`, as the Standard Webhooks specification proposes.

`data` names the change and where the thing stands in the API; a whole message carries the thing as the API shows it.
"""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from server import customers, tickets
from server.agents import DESK
from server.customers.orders import queries as orders
from server.database import Transaction
from server.errors import NotFound
from server.events import Change
from server.webhooks.kinds import TEST, Happening, Thing

_PLACES = {"customer": "customers", "order": "orders", "ticket": "tickets", "message": "messages"}
_encode = msgspec.json.Encoder().encode
log = logging.getLogger(__name__)


def compose(tx: Transaction, change: Change, happening: Happening, *, whole: bool, public_url: str) -> str:
    """The body of one event. The thing is null when it is not there any more."""
    data: dict[str, Any] = {
        "seq": change.seq,
        "by": change.by,
        "object": happening.thing,
        "id": happening.id,
        "url": _address(happening, change, public_url),
        "change": change.data if change.ticket is None else {"ticket": change.ticket, **change.data},
    }
    if whole:
        data[happening.thing] = _thing(tx, happening.thing, happening.id)
    return _written(happening.kind, change.at, data)


def test(tx: Transaction, name: str, public_url: str) -> str:
    """The body of a test."""
    return _written(TEST, tx.now, {"webhook": name, "desk": public_url})


def _written(kind: str, at: Any, data: dict[str, Any]) -> str:
    return _encode({"type": kind, "timestamp": at, "data": data}).decode()


def _address(happening: Happening, change: Change, public_url: str) -> str:
    if happening.thing == "interaction":
        return f"{public_url}/api/v1/customers/{change.data['customer']}/timeline"
    return f"{public_url}/api/v1/{_PLACES[happening.thing]}/{happening.id}"


def _thing(tx: Transaction, thing: Thing, id: int) -> Any:
    try:
        match thing:
            case "customer":
                return customers.view(tx, id)
            case "order":
                return orders.view(tx, id)
            case "ticket":
                return tickets.view(tx, DESK, id)
            case "message":
                return tickets.message(tx, id)
            case "interaction":
                return _interaction(tx, id)
    except NotFound:
        return None
    except (LookupError, ValueError, TypeError, AttributeError):
        # One thing that nobody foresaw must not hold up everything that happened after it.
        log.exception("A %s for webhooks cannot be shown: %d", thing, id)
        return None


def _interaction(tx: Transaction, id: int) -> dict[str, Any] | None:
    names = ("id", "source", "external_id", "title", "text", "url", "who", "at", "data")
    row = tx.first("SELECT * FROM interaction WHERE id = :id", id=id)
    if row is None:
        return None
    return {**{name: getattr(row, name) for name in names}, "what": row.kind, "customer": row.customer_id}
