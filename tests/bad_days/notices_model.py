"""What customers must be told, worked out one order after the other by plain rules: what the desk is compared with.

Nothing here is the desk's own code. The rules are those of docs/notices.md: of each thing the greatest revision
stands; a notice is due at its moment (or at a time of day before it), leaves outside the quiet hours, is dropped when
it is late or not true any more, and is told once for each (order, kind, part, state). Times are of Japan, UTC+9.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

JAPAN = timezone(timedelta(hours=9))
HOUR = timedelta(hours=1)
OLD = timedelta(days=30)
FLOWS = timedelta(hours=1)
"""No notice may be due, or too late, so soon after a moment at which the desk works: it is not done in an instant."""
WAYS = ("placed", "confirmed", "preparing", "shipped", "delivered")


class Rule(NamedTuple):
    """A kind of notice: how many hours it is worth sending, and whether it waits for the end of the quiet hours."""

    hours: int
    quiet: bool


RULES = {
    "placed": Rule(24, False),
    "paid": Rule(24, False),
    "payment_due": Rule(36, True),
    "cancelled": Rule(24, False),
    "shipped": Rule(72, True),
    "delivered": Rule(48, True),
    "delayed": Rule(48, True),
    "returned": Rule(72, True),
    "refunded": Rule(72, True),
}
"""By what sets each off."""
Key = tuple[str, str, str]


class Said(NamedTuple):
    """Something there is to tell; without `at`, since it was first heard of."""

    key: Key
    at: datetime | None
    words: str


@dataclass
class Note:
    """One notice: `planned`, `sent`, or `dropped`, which it may come back from."""

    at: datetime
    due: datetime
    until: datetime
    state: str = "planned"


@dataclass
class Order:
    """What was told of one order, by revision, and what of it the customer was told."""

    facts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    statuses: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    promises: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    notes: dict[Key, Note] = field(default_factory=dict)

    def hear(self, fact: dict[str, Any]) -> None:
        """Of one thing the greatest revision stands; the first promise is that of the least."""
        name = (fact["kind"], fact["external_id"])
        if fact["kind"] == "order":
            self.statuses[fact["revision"]] = (fact["status"], read(fact["status_at"]))
        if expected := fact.get("expected_at"):
            promise = (fact["revision"], read(expected))
            self.promises[name[1]] = min(promise, self.promises.get(name[1], promise))
        if name not in self.facts or self.facts[name]["revision"] < fact["revision"]:
            self.facts[name] = fact

    def parts(self, kind: str) -> list[dict[str, Any]]:
        """The payments, shipments or returns as they stand."""
        return [fact for (what, _), fact in self.facts.items() if what == kind]


def read(text: str) -> datetime:
    """A moment."""
    return datetime.fromisoformat(text)


def day_of(at: datetime) -> date:
    """The day on the shop's calendar."""
    return at.astimezone(JAPAN).date()


def to_tell(order: Order) -> Iterator[Said]:
    """What there is to tell of an order as it stands."""
    told = next(iter(order.parts("order")), None)
    if told is None:
        return
    parcels = order.parts("shipment")
    status, payment = _status(order, told), _payment(order, told)
    if status == "cancelled":
        yield Said(("cancelled", "", ""), _since(order, "cancelled"), "")
    if status in WAYS[:3]:
        yield Said(("placed", "", ""), read(told["ordered_at"]), "")
    for each in order.parts("payment"):
        if each["status"] == "refunded":
            yield Said(("refunded", each["external_id"], ""), read(each["at"]), each["amount"])
    for each in order.parts("return"):
        if each["status"] in ("received", "refunded"):
            yield Said(("returned", each["external_id"], ""), read(each["at"]), each["amount"])
    if status == "delivered":
        arrived = [read(each["delivered_at"]) for each in parcels if each["status"] == "delivered"]
        yield Said(("delivered", "", ""), max(arrived, default=_since(order, "delivered")), "")
    if status in ("cancelled", "returned"):
        return
    payments = order.parts("payment")
    if payment == "paid" and all(each["method"] != "card" for each in payments):
        at = max((read(each["at"]) for each in payments if each["status"] == "paid"), default=None)
        yield Said(("paid", "", ""), at, "")
    for each in payments:
        if payment in ("unpaid", "partly") and each["status"] == "pending" and each.get("due_at"):
            due = read(each["due_at"])
            yield Said(("payment_due", each["external_id"], day_of(due).isoformat()), due, written(due))
    for each in parcels:
        yield from _of_parcel(order, each)


def _of_parcel(order: Order, parcel: dict[str, Any]) -> Iterator[Said]:
    id, status = parcel["external_id"], parcel["status"]
    if status not in ("planned", "shipped", "delivering"):
        return
    expected = read(parcel["expected_at"]) if parcel.get("expected_at") else None
    late = expected is not None and day_of(expected) > day_of(order.promises[id][1])
    if status != "planned":
        at = read(parcel["shipped_at"]) if parcel.get("shipped_at") else None
        yield Said(("shipped", id, parcel["tracking_number"]), at, parcel["tracking_number"])
    if late:
        assert expected is not None
        yield Said(("delayed", id, day_of(expected).isoformat()), None, written(expected))
    elif status == "planned" and parcel.get("planned_at"):
        planned = read(parcel["planned_at"])
        yield Said(
            ("delayed", id, f"late:{day_of(planned)}"), planned + timedelta(days=1), written(expected or planned)
        )


def written(at: datetime) -> str:
    """A moment as the templates of the ordeal write it."""
    return str(at.astimezone(UTC)).replace(" ", "")


def _since(order: Order, status: str) -> datetime | None:
    found = [revision for revision, (said, _) in order.statuses.items() if said == status]
    return order.statuses[max(found)][1] if found else None


def _status(order: Order, told: dict[str, Any]) -> str:
    """The furthest of what the shop says and what its parcels show."""
    if told["status"] in ("cancelled", "returned"):
        return str(told["status"])
    back = sum(int(each["amount"]) for each in order.parts("return") if each["status"] in ("received", "refunded"))
    if int(told["total"]) and back >= int(told["total"]):
        return "returned"
    states = [each["status"] for each in order.parts("shipment")]
    step = WAYS.index(told["status"])
    if any(state in ("shipped", "delivering", "delivered", "failed") for state in states):
        arrived = all(state == "delivered" for state in states if state != "returned")
        step = max(step, WAYS.index("delivered" if arrived else "shipped"))
    return WAYS[step]


def _payment(order: Order, told: dict[str, Any]) -> str:
    sums: dict[str, int] = {}
    for each in order.parts("payment"):
        sums[each["status"]] = sums.get(each["status"], 0) + int(each["amount"])
    paid, refunded = sums.get("paid", 0), sums.get("refunded", 0)
    if refunded and refunded >= paid:
        return "refunded"
    if paid:
        return "paid" if paid >= int(told["total"]) else "partly"
    return "failed" if "failed" in sums and "pending" not in sums else "unpaid"


# ------------------------------------------------------------------------------------------------ in time


def look(order: Order, now: datetime) -> None:
    """Plan what there is to tell, and drop what is not true any more."""
    true: set[Key] = set()
    for said in to_tell(order):
        true.add(said.key)
        note = order.notes.get(said.key)
        if note is not None and (note.state == "sent" or (note.state == "planned" and said.at in (None, note.at))):
            continue
        at = said.at or now
        if note is None and now - at >= OLD:
            continue
        due = _reminder(at) if said.key[0] == "payment_due" else at
        until = due + RULES[said.key[0]].hours * HOUR
        _far(now, due, until)
        order.notes[said.key] = Note(at, due, until, "planned" if until >= now else "dropped")
    for key, note in order.notes.items():
        if note.state == "planned" and key not in true:
            note.state = "dropped"


def send(order: Order, now: datetime) -> list[tuple[str, str]]:
    """What leaves now: the trigger, and what its letter says of it."""
    standing = {said.key: said.words for said in to_tell(order)}
    left = []
    for key, note in order.notes.items():
        if note.state != "planned":
            continue
        _far(now, note.due, note.until)
        if note.due > now:
            continue
        if note.until < now or key not in standing:
            note.state = "dropped"
        elif RULES[key[0]].quiet and (morning := _morning(now)) is not None:
            note.due, note.until = morning, max(note.until, morning + HOUR)
        else:
            note.state = "sent"
            left.append((key[0], standing[key]))
    return left


def _reminder(due: datetime) -> datetime:
    """Ten in the morning, two days before."""
    day = due.astimezone(JAPAN) - timedelta(days=2)
    return day.replace(hour=10, minute=0, second=0, microsecond=0)


def _morning(now: datetime) -> datetime | None:
    """The end of the quiet hours (21:00 to 08:00) that are now; None outside of them."""
    here = now.astimezone(JAPAN)
    if 8 <= here.hour < 21:
        return None
    return (here + timedelta(days=here.hour >= 21)).replace(hour=8, minute=0, second=0, microsecond=0)


def _far(now: datetime, *times: datetime) -> None:
    """The story must leave the desk time to work."""
    for at in times:
        assert not now < at < now + FLOWS, f"the story is too narrow: {at} is soon after {now}"
