"""The columns of payments, shipments and returns, and of the lines of an order, from what was told of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from server.customers.orders import money, tracking
from server.customers.store.facts import LineFact, OrderFact, PaymentPart, ReturnPart, ShipmentPart
from server.database.types import dump
from server.errors import Invalid


def bare(part: Any) -> msgspec.Struct:
    """The part alone, the same whether it came inside of its order or by itself."""
    shape = next(each for each in (PaymentPart, ShipmentPart, ReturnPart) if isinstance(part, each))
    return shape(**{name: getattr(part, name) for name in shape.__struct_fields__})


def of_payment(part: PaymentPart, place: str) -> dict[str, Any]:
    """Raises `Invalid`, naming fields below `place`."""
    amount = money.kept(part.amount, f"{place}.amount".lstrip("."))
    return {"method": part.method, "status": part.status, "amount": amount, "due_at": part.due_at, "at": part.at}


def of_shipment(part: ShipmentPart, otherwise: datetime) -> dict[str, Any]:
    """`otherwise` is its place in the timeline when it has no time of its own."""
    times = [at for at in (part.delivered_at, part.shipped_at, part.planned_at) if at is not None]
    return {
        "carrier": tracking.carrier(part.carrier),
        "tracking_number": part.tracking_number,
        "tracking_key": tracking.key(part.tracking_number),
        "tracking_url": part.tracking_url,
        "status": part.status,
        "planned_at": part.planned_at,
        "shipped_at": part.shipped_at,
        "expected_at": part.expected_at,
        "delivered_at": part.delivered_at,
        "recipient": dump(person(part.recipient)),
        "lines": dump([msgspec.to_builtins(line) for line in part.lines]),
        "at": max(times) if times else otherwise,
    }


def of_return(part: ReturnPart, place: str) -> dict[str, Any]:
    """Raises `Invalid`, naming fields below `place`."""
    check_lines(part.lines, f"{place}.lines".lstrip("."))
    return {
        "status": part.status,
        "amount": money.kept(part.amount, f"{place}.amount".lstrip(".")),
        "reason": part.reason,
        "lines": dump([msgspec.to_builtins(line) for line in part.lines]),
        "at": part.at,
    }


def lines(told: Sequence[LineFact], place: str = "lines") -> list[dict[str, Any]]:
    """Raises `Invalid`, naming fields below `place`."""
    return [
        {
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "price": money.kept(line.price, f"{place}[{number}].price"),
        }
        for number, line in enumerate(told)
    ]


def check_lines(told: Sequence[LineFact], place: str) -> None:
    """Raises `Invalid`, naming fields below `place`."""
    lines(told, place)


def check_parts(fact: OrderFact) -> None:
    """Raises `Invalid` when a part comes twice, or has lines that are none."""
    for name in ("payments", "shipments", "returns"):
        ids = [part.external_id for part in getattr(fact, name)]
        if len(ids) != len(set(ids)):
            raise Invalid(fields={name: "has an external_id twice"})
    for place, parcel in enumerate(fact.shipments):
        check_lines(parcel.lines, f"shipments[{place}].lines")


def person(told: msgspec.Struct | None) -> dict[str, Any]:
    """Somebody on an order, as it is kept."""
    return msgspec.to_builtins(told) if told is not None else {}
